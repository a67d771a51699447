/**
 * A schema that cannot be used: it yields no JSON Schema, is no valid JSON Schema, or breaks a rule of the
 * place where it stands. Thrown while a server is put together, never because of what a client sent.
 */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}
