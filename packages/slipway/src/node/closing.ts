import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { McpHandler } from "../http/index.ts";

const { Server: NetServer } = process.getBuiltinModule("node:net");

export interface ClosingOptions {
  /** How long running calls may take to end, in milliseconds. Default: 10,000. */
  graceMs?: number;
  /**
   * How long requests are still served once `/ready` says that the server drains, in milliseconds: as long as a load
   * balancer takes to notice that. Default: 0, which is right where nobody asks.
   */
  drainDelayMs?: number;
}

/** What is closed. */
export interface Listening {
  readonly http: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly handler: McpHandler;
  /** Told first, so that no more requests are sent here. */
  readonly health: { draining: boolean } | undefined;
}

/** How long clients have to take the last answers where the calls left no time for it, and to send what is refused, in milliseconds. */
const LAST_WORDS_MS = 250;

/** How often nothing is done that keeps the process alive, in milliseconds. */
const HOLD_MS = 60_000;

/** How a server ends that listens. */
export class Closing {
  /** Whether the connections of clients end with the response that they get next. */
  soon = false;
  readonly closed: Promise<void>;
  readonly #listening: Listening;
  readonly #graceMs: number;
  readonly #delayMs: number;
  #draining: Promise<void> | undefined;
  #skipDelay = () => {};
  #isClosed!: () => void;

  /** @throws TypeError for options that cannot be */
  constructor(listening: Listening, options: ClosingOptions) {
    this.#listening = listening;
    this.#graceMs = duration("graceMs", options.graceMs, 10_000);
    this.#delayMs = duration("drainDelayMs", options.drainDelayMs, 0);
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve;
    });
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    this.#begin();
    await new Promise<void>((resolve) => {
      this.#skipDelay = resolve;
      if (this.#delayMs > 0) setTimeout(resolve, this.#delayMs);
      else resolve();
    });
    await this.close();
  }

  #begin(): void {
    this.soon = true;
    const { health } = this.#listening;
    if (health !== undefined) health.draining = true;
  }

  async close(graceMs = this.#graceMs): Promise<void> {
    // What a store waits for keeps no process alive by itself, and whoever awaits this is to hear of its end.
    const held = setInterval(() => {}, HOLD_MS);
    try {
      await this.#close(graceMs);
    } finally {
      clearInterval(held);
    }
  }

  async #close(graceMs: number): Promise<void> {
    this.#begin();
    this.#skipDelay();
    const { http, sockets, handler } = this.#listening;
    const deadline = performance.now() + graceMs;
    // What `http.close` does beyond this takes connections for idle whose answers are still on their way.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http, () => resolve()));
    const sending = () => [...sockets].some((socket) => socket.writableLength > 0);
    const closeIdle = () => {
      if (!sending()) http.closeIdleConnections();
    };
    closeIdle();
    await handler.close(graceMs);
    // What is on its way to be refused gets its answer, and whoever reads slowly the rest of it.
    const soon = performance.now() + LAST_WORDS_MS;
    const last = () => (sending() ? Math.max(deadline, soon) : soon);
    for (closeIdle(); sockets.size > 0 && performance.now() < last(); closeIdle())
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of sockets) socket.destroy();
    await closed;
    // Ends the timer that looks after requests that take too long.
    http.close();
    this.#isClosed();
  }
}

function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined || (Number.isFinite(value) && value >= 0)) return value ?? fallback;
  throw new TypeError(`${name}: expected a number of milliseconds, got ${String(value)}.`);
}
