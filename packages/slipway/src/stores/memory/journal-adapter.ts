import type { JournalAdapter } from "../../ports/index.ts";
import { bound } from "./bound.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

export interface InMemoryJournalOptions {
  /** Journals kept at once; at least 1, `Infinity` for no bound. Default 10,000. */
  maxEntries?: number;
  /** Length of all journals, in characters; at least 1, `Infinity` for no bound. Default 64 MiB. */
  maxBytes?: number;
  /** The time in milliseconds. Default: `Date.now()`. */
  now?: () => number;
}

/**
 * Keeps journals in this process's memory, for a server that runs as one process. Expired ones are forgotten
 * as the adapter is used, without a timer. A full adapter refuses a new journal, and loses none that it took.
 */
export class InMemoryJournalAdapter implements JournalAdapter {
  readonly #entries = new Map<string, Entry>();
  /** The oldest is the first to expire. */
  readonly #byExpiry = new LinkedList<Entry>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #bytes = 0;

  constructor(options: InMemoryJournalOptions = {}) {
    this.#maxEntries = bound("maxEntries", options.maxEntries, 10_000);
    this.#maxBytes = bound("maxBytes", options.maxBytes, 64 * 1024 * 1024);
    this.#now = options.now ?? Date.now;
  }

  /** Journals kept, with those that have expired and were not yet forgotten. */
  get size(): number {
    return this.#entries.size;
  }

  /** Throws an Error when there is no room for the journal. */
  put(sealed: string, ttlMs: number): string {
    const now = this.#now();
    this.#sweep(now);
    if (this.#entries.size >= this.#maxEntries || this.#bytes + sealed.length > this.#maxBytes) {
      throw new Error(
        `No room for a journal of ${sealed.length} characters: ${this.#entries.size} of ${this.#maxEntries} ` +
          `are kept, with ${this.#bytes} of ${this.#maxBytes} characters. Wait until some expire, or raise ` +
          "maxEntries or maxBytes.",
      );
    }
    const entry = new Entry(crypto.randomUUID(), sealed, now + ttlMs);
    this.#entries.set(entry.id, entry);
    this.#bytes += sealed.length;
    this.#byExpiry.insertAfter(this.#lastBefore(entry.expiresAt), entry);
    return entry.id;
  }

  get(id: string): string | undefined {
    this.#sweep(this.#now());
    return this.#entries.get(id)?.sealed;
  }

  /** The last entry that expires no later. Mostly the newest, since mostly every journal lives as long. */
  #lastBefore(expiresAt: number): Entry | undefined {
    let place = this.#byExpiry.newest;
    while (place !== undefined && place.expiresAt > expiresAt) place = place.older;
    return place;
  }

  #sweep(now: number): void {
    let entry = this.#byExpiry.oldest;
    while (entry !== undefined && entry.expiresAt <= now) {
      this.#entries.delete(entry.id);
      this.#bytes -= entry.sealed.length;
      this.#byExpiry.remove(entry);
      entry = this.#byExpiry.oldest;
    }
  }
}

class Entry implements Linked<Entry> {
  older: Entry | undefined = undefined;
  newer: Entry | undefined = undefined;
  readonly id: string;
  readonly sealed: string;
  readonly expiresAt: number;

  constructor(id: string, sealed: string, expiresAt: number) {
    this.id = id;
    this.sealed = sealed;
    this.expiresAt = expiresAt;
  }
}
