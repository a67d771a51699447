export { applyDefaults } from "../../protocol/schema/defaults.ts";
export { mcpParamHeaders, type ParamHeader } from "../../protocol/schema/param-headers.ts";
export { SchemaError } from "../../protocol/schema/schema-error.ts";
export { type CompileOptions, compileSchema, isStandardSchema } from "./compile.ts";
export { toRequestedSchema } from "./elicitation.ts";
export { JSON_SCHEMA_LIMITS } from "./limits.ts";
export type { Io, SchemaAdapter } from "./standard-json.ts";
export type {
  StandardInput,
  StandardJSONSchemaV1,
  StandardOutput,
  StandardSchemaV1,
} from "./standard-schema.ts";
export type { Infer, InferInput, JsonSchema, Schema } from "./types.ts";
export type { CompiledSchema, Issue, JsonSchemaValidator, Validation } from "./validation.ts";
