export interface Fields {
  [name: string]: unknown;
}

/** A logger of lines with fields: `pino`, and others that take the fields first. */
export interface StructuredLogger {
  debug?(fields: Fields, text: string): void;
  info(fields: Fields, text: string): void;
  warn(fields: Fields, text: string): void;
  error(fields: Fields, text: string): void;
  /** The same, whose lines all have these fields: where there is one, what is the same on many lines is written out once. */
  child?(fields: Fields): StructuredLogger;
}
