/** A JSON Schema object as it is put on the wire. */
export interface JsonSchema {
  [keyword: string]: unknown;
}
