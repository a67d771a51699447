export interface RenewedSettings {
  /** How old it may be before it is fetched anew, in milliseconds. */
  readonly maxAgeMs: number;
  /** How much older it may become while it cannot be fetched, in milliseconds. */
  readonly staleMs: number;
  /** How long after an attempt there is no other, in milliseconds. */
  readonly cooldownMs: number;
}

/**
 * Something that is fetched when it is first needed, and anew when it is old. While that fails, what there was is used on for a
 * time; where there was nothing, the failure is told until the next attempt.
 */
export class Renewed<T> {
  readonly #make: () => Promise<T>;
  readonly #settings: RenewedSettings;
  #held: { readonly value: T; readonly at: number } | undefined;
  #failure: unknown;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<T> | undefined;

  constructor(make: () => Promise<T>, settings: RenewedSettings) {
    this.#make = make;
    this.#settings = settings;
  }

  /** @throws what the last attempt threw, where there is nothing that may still be used */
  async get(): Promise<T> {
    const { maxAgeMs, staleMs } = this.#settings;
    const held = this.#held;
    if (held !== undefined && Date.now() < held.at + maxAgeMs) return held.value;
    try {
      return await this.#attempt();
    } catch (error) {
      if (held !== undefined && Date.now() < held.at + maxAgeMs + staleMs) return held.value;
      throw error;
    }
  }

  /**
   * What there is now, fetched anew unless that was tried just before. `undefined`: it is what {@link get} gave.
   * @throws what the attempt threw
   */
  async anew(): Promise<T | undefined> {
    if (this.#running === undefined && this.#coolsDown) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    return this.#attempt();
  }

  get #coolsDown(): boolean {
    return Date.now() < this.#attemptedAt + this.#settings.cooldownMs;
  }

  async #attempt(): Promise<T> {
    if (this.#running === undefined && this.#failure !== undefined && this.#coolsDown) throw this.#failure;
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #fetch(): Promise<T> {
    this.#attemptedAt = Date.now();
    try {
      const value = await this.#make();
      this.#held = { value, at: Date.now() };
      this.#failure = undefined;
      return value;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
