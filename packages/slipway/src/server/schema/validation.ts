import type { JsonSchema } from "./types.ts";

/** What is wrong with a value, and where. */
export interface Issue {
  /** The place in the value, such as `address.lines[0]` or `["a key"].b`; empty for the value itself. */
  path: string;
  message: string;
}

/** The outcome of checking a value; `value` is what the schema made of it (defaults, transformations). */
export type Validation = { ok: true; value: unknown } | { ok: false; issues: Issue[] };

/** A schema that is ready for use: converted and checked once. */
export interface CompiledSchema {
  /** The JSON Schema for the wire. Not to be changed. */
  readonly json: JsonSchema;
  /**
   * Checks a value. Synchronous unless the library checks asynchronously, or the validator of JSON Schema is
   * still being loaded. Throws, or rejects, only when the check itself failed, not for a value that is wrong.
   */
  validate(value: unknown): Validation | Promise<Validation>;
  /**
   * Present while something is still being loaded: resolves when {@link CompiledSchema.validate} works, rejects
   * when it never will (the validator of JSON Schema is not installed). Nobody has to wait for it.
   */
  readonly ready?: Promise<void>;
}

/** Turns a JSON Schema into a function that checks values against it. */
export type JsonSchemaValidator = (schema: JsonSchema) => (value: unknown) => Validation;
