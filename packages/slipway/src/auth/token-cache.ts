import { sha256, toBase64Url } from "../server/index.ts";

interface Entry<T> {
  readonly value: T;
  readonly until: number;
}

/** What is known of tokens, by their hashes and for a time. The oldest gives way where there is no more room. */
export class TokenCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(token: string): T | undefined {
    if (this.#entries.size === 0) return undefined;
    const key = keyOf(token);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > Date.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param until in milliseconds since 1970 */
  set(token: string, value: T, until: number): void {
    if (this.#max === 0 || until <= Date.now()) return;
    const key = keyOf(token);
    this.#entries.delete(key);
    if (this.#entries.size >= this.#max) this.#entries.delete(this.#entries.keys().next().value as string);
    this.#entries.set(key, { value, until });
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** So that no token can be read out of memory that has been used before. */
function keyOf(token: string): string {
  return toBase64Url(sha256(token));
}
