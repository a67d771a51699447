import type { HandleAdapter, Versioned } from "../../ports/index.ts";
import { bound } from "./bound.ts";
import { type Entry, ExpiringMap } from "./expiring-map.ts";
import { jsonText } from "./json-text.ts";

export interface InMemoryHandleOptions {
  /** Values kept at once; at least 1, `Infinity` for no bound. Default 100,000. */
  maxHandles?: number;
  /** Length of all values, in characters of JSON; at least 1, `Infinity` for no bound. Default 64 MiB. */
  maxBytes?: number;
  /** The time in milliseconds. Default: `Date.now()`. */
  now?: () => number;
}

/**
 * Keeps values under handles in this process's memory, for a server that runs as one process. Expired ones are
 * forgotten as the adapter is used, without a timer. A full adapter refuses what is new, and loses nothing that
 * it took.
 */
export class InMemoryHandleAdapter implements HandleAdapter {
  readonly #handles: ExpiringMap<Handle>;
  readonly #maxHandles: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #bytes = 0;

  constructor(options: InMemoryHandleOptions = {}) {
    this.#maxHandles = bound("maxHandles", options.maxHandles, 100_000);
    this.#maxBytes = bound("maxBytes", options.maxBytes, 64 * 1024 * 1024);
    this.#now = options.now ?? Date.now;
    this.#handles = new ExpiringMap((handle) => {
      this.#bytes -= handle.text.length;
    });
  }

  /** Values kept, with those that have expired and were not yet forgotten. */
  get size(): number {
    return this.#handles.size;
  }

  /** Throws an Error when the id is in use, and when there is no room for the value. */
  create(id: string, value: unknown, ttlMs: number): void {
    const now = this.#now();
    if (this.#handles.get(id, now) !== undefined) {
      throw new Error("Expected a new handle's id, got one that is in use.");
    }
    const text = jsonText(value, "a handle's value");
    if (this.#handles.size >= this.#maxHandles) {
      throw new Error(
        `${this.#maxHandles} handles are in use already; wait until some expire, or raise maxHandles.`,
      );
    }
    this.#makeRoom(text.length, 0);
    this.#handles.add(new Handle(id, text, now + ttlMs));
  }

  read(id: string, ttlMs: number): Versioned | undefined {
    const now = this.#now();
    const handle = this.#handles.get(id, now);
    if (handle === undefined) return undefined;
    this.#handles.move(handle, now + ttlMs);
    return { value: JSON.parse(handle.text), version: handle.version };
  }

  /** Throws an Error when there is no room for the value. */
  write(id: string, value: unknown, version: number, ttlMs: number): boolean {
    const now = this.#now();
    const handle = this.#handles.get(id, now);
    if (handle === undefined || handle.version !== version) return false;
    const text = jsonText(value, "a handle's value");
    this.#makeRoom(text.length, handle.text.length);
    handle.text = text;
    handle.version++;
    this.#handles.move(handle, now + ttlMs);
    return true;
  }

  delete(id: string): void {
    const handle = this.#handles.get(id, this.#now());
    if (handle !== undefined) this.#handles.delete(handle);
  }

  #makeRoom(length: number, freed: number): void {
    const bytes = this.#bytes + length - freed;
    if (bytes > this.#maxBytes) {
      throw new Error(
        `No room for a value of ${length} characters: handles would take ${bytes} of ${this.#maxBytes}. Wait until ` +
          "some expire, or raise maxBytes.",
      );
    }
    this.#bytes = bytes;
  }
}

class Handle implements Entry {
  place = 0;
  version = 1;
  readonly id: string;
  text: string;
  expiresAt: number;

  constructor(id: string, text: string, expiresAt: number) {
    this.id = id;
    this.text = text;
    this.expiresAt = expiresAt;
  }
}
