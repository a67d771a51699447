/**
 * A map of bounded size: entries that were not used for a while make room for new ones. At least the last half of
 * `max` that were used are there. A use costs no more than one of a plain map.
 */
export class Generations<T> {
  readonly #half: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  constructor(max: number) {
    this.#half = Math.max(1, Math.floor(max / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): T | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  /** Adds what is not there yet. */
  add(key: string, value: T): T {
    this.#keep(key, value);
    return value;
  }

  #keep(key: string, value: T): void {
    this.#old.delete(key);
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
