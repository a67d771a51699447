export { type CompileOptions, compileSchema, isStandardSchema } from "./compile.ts";
export { applyDefaults, toRequestedSchema } from "./elicitation.ts";
export { mcpParamHeaders, type ParamHeader } from "./headers.ts";
export { JSON_SCHEMA_LIMITS } from "./limits.ts";
export { SchemaError } from "./schema-error.ts";
export type { Io, SchemaAdapter } from "./standard-json.ts";
export type {
  StandardInput,
  StandardJSONSchemaV1,
  StandardOutput,
  StandardSchemaV1,
} from "./standard-schema.ts";
export type { Infer, InferInput, JsonSchema, Schema } from "./types.ts";
export type { CompiledSchema, Issue, JsonSchemaValidator, Validation } from "./validation.ts";
