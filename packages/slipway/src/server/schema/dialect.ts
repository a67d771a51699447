import { SchemaError } from "../../protocol/schema/schema-error.ts";
import type { JsonSchema } from "./types.ts";

/** A dialect of JSON Schema that is supported without a validator of the user's own. */
export type Dialect = "2020-12" | "draft-07";

export const DEFAULT_DIALECT_URI = "https://json-schema.org/draft/2020-12/schema";

const DIALECTS: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ["//json-schema.org/draft/2020-12/schema", "2020-12"],
  ["//json-schema.org/draft-07/schema", "draft-07"],
]);

/**
 * The dialect that a schema declares, 2020-12 when it declares none, undefined when it is not supported.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#schema-dialect
 */
export function dialectOf(schema: JsonSchema): Dialect | undefined {
  const uri = schema.$schema;
  if (uri === undefined) return "2020-12";
  return typeof uri === "string" ? DIALECTS.get(uri.replace(/^https?:/, "").replace(/#$/, "")) : undefined;
}

export function unsupportedDialect(schema: JsonSchema, where: string): SchemaError {
  return new SchemaError(
    `${where}: the dialect ${JSON.stringify(schema.$schema)} is not supported. Supported are ` +
      `"${DEFAULT_DIALECT_URI}" (also when "$schema" is absent) and "http://json-schema.org/draft-07/schema#"; ` +
      "for any other pass a `jsonSchemaValidator`",
  );
}
