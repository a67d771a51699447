import { type Expiring, ExpiryHeap } from "./expiry-heap.ts";

export interface Entry extends Expiring {
  readonly id: string;
}

/** Entries by their ids, each until its time is over. They are forgotten as the map is used, without a timer. */
export class ExpiringMap<T extends Entry> {
  readonly #entries = new Map<string, T>();
  readonly #byExpiry = new ExpiryHeap<T>();
  readonly #forgotten: (entry: T) => void;

  /** @param forgotten is told of every entry that the map lets go */
  constructor(forgotten: (entry: T) => void) {
    this.#forgotten = forgotten;
  }

  /** Entries held, with those that have expired and were not yet forgotten. */
  get size(): number {
    return this.#entries.size;
  }

  get(id: string, now: number): T | undefined {
    this.sweep(now);
    return this.#entries.get(id);
  }

  add(entry: T): void {
    this.#entries.set(entry.id, entry);
    this.#byExpiry.add(entry);
  }

  /** Lets an entry expire at another time. */
  move(entry: T, expiresAt: number): void {
    this.#byExpiry.move(entry, expiresAt);
  }

  delete(entry: T): void {
    this.#entries.delete(entry.id);
    this.#byExpiry.remove(entry);
    this.#forgotten(entry);
  }

  /** Forgets what has expired. */
  sweep(now: number): void {
    let entry = this.#byExpiry.first;
    while (entry !== undefined && entry.expiresAt <= now) {
      this.delete(entry);
      entry = this.#byExpiry.first;
    }
  }
}
