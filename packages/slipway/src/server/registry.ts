import type { Feature } from "./feature.ts";

interface Entry<F> {
  readonly feature: F;
  enabled: boolean;
}

/** Switches the entries of one list at run time; clients are told that the list changed. */
export interface FeatureSwitch {
  /** Takes an entry away for good. `false` when there is none of this key. */
  remove(key: string): boolean;
  /** Shows an entry again. */
  enable(key: string): boolean;
  /** Hides an entry: it is neither listed nor callable until it is enabled. */
  disable(key: string): boolean;
  has(key: string): boolean;
}

/** The entries of one list, in the order in which they were added. */
export class Registry<F extends Feature> implements FeatureSwitch {
  readonly #entries = new Map<string, Entry<F>>();
  readonly #noun: string;
  readonly #changed: () => void;
  #enabled: readonly F[] | undefined;

  constructor(noun: string, changed: () => void) {
    this.#noun = noun;
    this.#changed = changed;
  }

  add(feature: F, enabled = true): void {
    if (this.#entries.has(feature.key)) {
      throw new Error(
        `The ${this.#noun} "${feature.key}" is registered already; remove it first to replace it.`,
      );
    }
    this.#entries.set(feature.key, { feature, enabled });
    this.#invalidate();
  }

  get(key: string): F | undefined {
    const entry = this.#entries.get(key);
    return entry?.enabled ? entry.feature : undefined;
  }

  list(): readonly F[] {
    this.#enabled ??= [...this.#entries.values()].filter((e) => e.enabled).map((e) => e.feature);
    return this.#enabled;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  remove(key: string): boolean {
    const removed = this.#entries.delete(key);
    if (removed) this.#invalidate();
    return removed;
  }

  enable(key: string): boolean {
    return this.#switch(key, true);
  }

  disable(key: string): boolean {
    return this.#switch(key, false);
  }

  #switch(key: string, enabled: boolean): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    if (entry.enabled !== enabled) {
      entry.enabled = enabled;
      this.#invalidate();
    }
    return true;
  }

  #invalidate(): void {
    this.#enabled = undefined;
    this.#changed();
  }
}
