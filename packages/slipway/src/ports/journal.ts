/**
 * Keeps the journals of suspended calls that are too large to travel inside `requestState`.
 * What is put here is sealed already; the adapter never sees its content.
 */
export interface JournalAdapter {
  /** Keeps `sealed` for `ttlMs` milliseconds under a new, unguessable id. */
  put(sealed: string, ttlMs: number): string | Promise<string>;
  /** What was kept, or `undefined` when it is unknown or has expired. */
  get(id: string): string | undefined | Promise<string | undefined>;
}
