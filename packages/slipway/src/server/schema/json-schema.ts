import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { type Dialect, dialectOf, unsupportedDialect } from "./dialect.ts";
import { copyJsonSchema } from "./json.ts";
import { wrongKeyword } from "./keyword-values.ts";
import { type JsonSchemaLibrary, loadJsonSchemaLibrary } from "./library.ts";
import { checkWith } from "./library-check.ts";
import { JSON_SCHEMA_LIMITS } from "./limits.ts";
import { resolveReferences } from "./references.ts";
import { selfContained } from "./self-contained.ts";
import type { JsonSchema } from "./types.ts";
import type { CompiledSchema, JsonSchemaValidator, Validation } from "./validation.ts";

export interface JsonSchemaOptions {
  where: string;
  jsonSchemaValidator?: JsonSchemaValidator | undefined;
  /** Loads the library that checks values; for tests. */
  load?: () => Promise<JsonSchemaLibrary>;
}

/**
 * Prepares a JSON Schema: a copy of it is checked for validity, references out of it, and bounds; values are
 * checked by `@cfworker/json-schema`, which is loaded now, or by `jsonSchemaValidator`. The former checks `format`
 * too, which JSON Schema leaves open.
 * Throws {@link SchemaError} when the schema cannot be used.
 */
export function compileJsonSchema(schema: JsonSchema, options: JsonSchemaOptions): CompiledSchema {
  const { where, jsonSchemaValidator, load = loadJsonSchemaLibrary } = options;
  const json = copyJsonSchema(schema, where);
  const dialect = dialectOf(json);
  if (dialect === undefined && jsonSchemaValidator === undefined) throw unsupportedDialect(json, where);
  const resolved = resolveReferences(json, {
    dialect,
    where,
    dynamicScopes: jsonSchemaValidator !== undefined,
    maxDepth: JSON_SCHEMA_LIMITS.schemaDepth,
    maxSubschemas: JSON_SCHEMA_LIMITS.subschemas,
    onSchema(subschema, pointer) {
      if (dialect === undefined) return;
      if (pointer !== "#" && subschema.$schema !== undefined && dialectOf(subschema) !== dialect) {
        throw new SchemaError(`${where}: the "$schema" at ${pointer} differs from that of the whole`);
      }
      const wrong = wrongKeyword(subschema, dialect);
      if (wrong !== undefined) throw new SchemaError(`${where}: at ${pointer}, ${wrong}`);
    },
  });
  if (jsonSchemaValidator !== undefined) return { json, validate: jsonSchemaValidator(json) };

  const plain = selfContained(resolved);
  let check: ((value: unknown) => Validation) | undefined;
  const loading = load().then(
    (library) => {
      check = checkWith(library, plain, dialect as Dialect);
      return check;
    },
    (cause: unknown) => {
      throw new SchemaError(
        `${where}: to check values against a JSON Schema, "@cfworker/json-schema" must be installed ` +
          "(npm install @cfworker/json-schema). Or pass a `jsonSchemaValidator`, or use a schema of Zod, Valibot, " +
          "ArkType or Effect instead",
        { cause },
      );
    },
  );
  const ready = loading.then(() => {});
  ready.catch(() => {}); // whoever validates, or waits for it, gets the error
  return {
    json,
    ready,
    validate: (value) => (check === undefined ? loading.then((loaded) => loaded(value)) : check(value)),
  };
}
