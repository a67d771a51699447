import type { BusMessage, EventBus } from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import type { Objects } from "./objects.ts";
import type { WorkerSocket } from "./platform.ts";
import { BROKEN, DONE, PING, PONG } from "./wire.ts";

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

interface Subscription {
  readonly listener: (message: BusMessage) => void;
  readonly missed: () => void;
}

/**
 * Carries messages through one object, to which an instance has a connection while it listens. Whoever has one lives.
 * The object need not be in memory for that: the platform holds the connections, and answers pings.
 */
export class DurableEventBus implements EventBus {
  readonly deadAfterMs: number;
  readonly #objects: Objects;
  readonly #subscriptions = new Set<Subscription>();
  #instanceId: string | undefined;
  #line: Line | undefined;

  constructor(objects: Objects, deadAfterMs: number) {
    this.#objects = objects;
    this.deadAfterMs = deadAfterMs;
  }

  // Made when first needed, since a Worker may make nothing random while it is loaded.
  get instanceId(): string {
    this.#instanceId ??= crypto.randomUUID();
    return this.#instanceId;
  }

  async publish(message: BusMessage): Promise<void> {
    await this.#objects.call("bus", "publish", jsonText(message, "a message to publish"));
  }

  async subscribe(listener: (message: BusMessage) => void, missed: () => void): Promise<() => Promise<void>> {
    const subscription = { listener, missed };
    this.#subscriptions.add(subscription);
    this.#line ??= new Line(this.#objects, this.instanceId, this.deadAfterMs, {
      hear: (text) => this.#hear(text),
      missed: () => this.#each((each) => each.missed()),
    });
    try {
      await this.#line.opened;
    } catch (error) {
      this.#end(subscription);
      throw error;
    }
    return async () => this.#end(subscription);
  }

  isAlive(instanceId: string): Promise<boolean> {
    return this.#objects.call("bus", "isAlive", instanceId, this.deadAfterMs);
  }

  /** Resolves when others see that this instance lives, or that cannot be had now. */
  async present(): Promise<void> {
    await this.#line?.opened.catch(() => {});
  }

  /** Ends all subscriptions of this instance. */
  close(): void {
    for (const subscription of [...this.#subscriptions]) this.#end(subscription);
  }

  #hear(text: string): void {
    this.#each(({ listener }) => listener(JSON.parse(text)));
  }

  #each(tell: (subscription: Subscription) => void): void {
    for (const subscription of [...this.#subscriptions])
      if (this.#subscriptions.has(subscription)) tell(subscription);
  }

  #end(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription) || this.#subscriptions.size > 0) return;
    this.#line?.close();
    this.#line = undefined;
  }
}

interface Ears {
  hear(text: string): void;
  /** The connection was lost, and is back. */
  missed(): void;
}

/** A connection to the bus, opened anew when it is lost. */
class Line {
  /** Resolves when it is open for the first time. */
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
    this.opened.catch(() => this.close());
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
