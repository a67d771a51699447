import type { Objects } from "./objects.ts";
import type { WorkerSocket } from "./platform.ts";
import { BROKEN, DONE, PING, PONG } from "./wire.ts";

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

export interface Ears {
  hear(text: string): void;
  /** The connection was lost, and is back. */
  missed(): void;
}

/** A connection to the bus, opened anew when it is lost. */
export class BusLine {
  /** How the first attempt to open it ended; others follow one that fails. */
  readonly opened: Promise<void>;
  readonly #objects: Objects;
  readonly #instance: string;
  readonly #deadAfterMs: number;
  readonly #ears: Ears;
  readonly #pings: ReturnType<typeof setInterval>;
  #socket: WorkerSocket | undefined;
  #heardAt = 0;
  #closed = false;

  constructor(objects: Objects, instance: string, deadAfterMs: number, ears: Ears) {
    this.#objects = objects;
    this.#instance = instance;
    this.#deadAfterMs = deadAfterMs;
    this.#ears = ears;
    this.opened = this.#open();
    this.opened.catch(() => this.#reopen());
    // A fourth, so that one that comes late does no harm.
    this.#pings = setInterval(() => this.#ping(), deadAfterMs / 4);
  }

  async #open(): Promise<void> {
    const socket = await this.#objects.connect("bus", "bus", this.#instance);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.addEventListener("message", ({ data }) => {
      if (this.#socket !== socket) return;
      this.#heardAt = Date.now();
      if (data !== PONG) this.#ears.hear(String(data));
    });
    for (const end of ["close", "error"] as const) socket.addEventListener(end, () => this.#lost(socket));
    if (this.#closed) this.close();
  }

  #ping(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (Date.now() - this.#heardAt > this.#deadAfterMs) {
      this.#lost(socket);
      return;
    }
    try {
      socket.send(PING);
    } catch {
      this.#lost(socket);
    }
  }

  #lost(socket: WorkerSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    close(socket, BROKEN);
    if (!this.#closed) void this.#reopen();
  }

  async #reopen(): Promise<void> {
    for (let delayMs = FIRST_RETRY_MS; !this.#closed; delayMs = Math.min(2 * delayMs, LONGEST_RETRY_MS)) {
      try {
        await this.#open();
        if (!this.#closed) this.#ears.missed();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#pings);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) close(socket, DONE);
  }
}

/** One that has broken already need not be closed. */
function close(socket: WorkerSocket, code: number): void {
  try {
    socket.close(code, "");
  } catch {}
}
