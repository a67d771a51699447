import type { Writable } from "node:stream";
import type { Overflow } from "../server/index.ts";

/**
 * What the server says, with a bound on what waits for a client that does not read: above it, messages that
 * may be left out are, and those that may be merged wait as one for each text. The bound for the others is
 * that nothing more is read from such a client.
 */
export class Output {
  readonly #stream: Writable;
  readonly #write: (text: string) => boolean;
  readonly #maxBufferedBytes: number;
  readonly #merged = new Set<string>();
  #drained: Waiter | undefined;
  #open = true;
  /** Resolves when the client can be told nothing more. */
  readonly lost: Promise<void>;

  constructor(stream: Writable, write: (text: string) => boolean, maxBufferedBytes: number) {
    this.#stream = stream;
    this.#write = write;
    this.#maxBufferedBytes = maxBufferedBytes;
    const lost = waiter();
    this.lost = lost.promise;
    const close = () => {
      this.#open = false;
      this.#merged.clear();
      this.#wake();
      lost.resolve();
    };
    stream.on("drain", () => this.#flush());
    stream.on("close", close);
    // For good, as a stream may have several errors, and one that nobody listens for ends the process.
    stream.on("error", close);
  }

  /** Whether as much waits for the client as may. */
  get full(): boolean {
    if (!this.#open) return false;
    const { writableNeedDrain, writableLength } = this.#stream;
    return this.#merged.size > 0 || (writableNeedDrain && writableLength >= this.#maxBufferedBytes);
  }

  /** Sends a message. A promise comes back when the client reads slowly, and resolves when it has caught up. */
  send(json: string, overflow: Overflow): void | Promise<void> {
    if (!this.#open || this.#stream.writableEnded) return;
    if (overflow === "keep" || !this.full) {
      if (!this.#write(`${json}\n`)) return this.drained();
      return;
    }
    if (overflow === "merge") this.#merged.add(json);
    return this.drained();
  }

  /** Resolves when the client has read all that was sent, or has gone. */
  drained(): Promise<void> {
    if (!this.#open || (this.#merged.size === 0 && !this.#stream.writableNeedDrain)) return Promise.resolve();
    this.#drained ??= waiter();
    return this.#drained.promise;
  }

  #flush(): void {
    for (const json of this.#merged) {
      this.#merged.delete(json);
      if (!this.#write(`${json}\n`)) return;
    }
    this.#wake();
  }

  #wake(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

interface Waiter {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function waiter(): Waiter {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
