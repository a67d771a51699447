import type { JsonSchema } from "./types.ts";

/** As much of `@cfworker/json-schema` as is used here. */
export interface JsonSchemaLibrary {
  Validator: new (
    schema: JsonSchema,
    draft: "7" | "2020-12",
    shortCircuit: boolean,
  ) => { validate(value: unknown): { valid: boolean; errors: JsonSchemaLibraryError[] } };
}

export interface JsonSchemaLibraryError {
  keyword: string;
  /** A JSON Pointer in a URI fragment, such as `#/a/0`. */
  instanceLocation: string;
  error: string;
}

let library: Promise<JsonSchemaLibrary> | undefined;

/** Imports the optional peer once. Rejects as long as it is not installed. */
export function loadJsonSchemaLibrary(): Promise<JsonSchemaLibrary> {
  // The handler of the rejection also tells bundlers that the module may be missing.
  library ??= import("@cfworker/json-schema").catch((error: unknown) => {
    library = undefined;
    throw error;
  });
  return library;
}
