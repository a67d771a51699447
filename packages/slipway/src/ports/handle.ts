/** A value with the number of its version: an integer of at least 1 that grows with every change. */
export interface Versioned {
  readonly value: unknown;
  readonly version: number;
}

/**
 * Keeps values under ids that a server hands out, for as long as they are used.
 * Ids are unguessable, and hold the tenant and principal that they belong to as the server sees fit.
 */
export interface HandleAdapter {
  /**
   * Keeps `value` (JSON) for `ttlMs` milliseconds since its last use. The id must be new: one that is in use is
   * refused with an error, and keeps its value.
   */
  create(id: string, value: unknown, ttlMs: number): void | Promise<void>;
  /** The value, which from now on lives for `ttlMs`; `undefined` when it is unknown or has expired. */
  read(id: string, ttlMs: number): Versioned | undefined | Promise<Versioned | undefined>;
  /**
   * Replaces the value if its version is still `version`; it then lives for `ttlMs` from now. `false`, and nothing
   * changes, when another was faster, or it is gone. Of several writers with one version exactly one gets `true`.
   */
  write(id: string, value: unknown, version: number, ttlMs: number): boolean | Promise<boolean>;
  /** Forgets a value; an unknown one is no error. */
  delete(id: string): void | Promise<void>;
}
