import type { BusMessage, EventBus } from "../../ports/index.ts";
import { bound } from "./bound.ts";

/** What the buses of one store share: who listens, by their instances. */
export class BusChannel {
  readonly #listeners = new Map<string, Set<(message: BusMessage) => void>>();

  add(instanceId: string, listener: (message: BusMessage) => void): void {
    const listeners = this.#listeners.get(instanceId);
    if (listeners === undefined) this.#listeners.set(instanceId, new Set([listener]));
    else listeners.add(listener);
  }

  remove(instanceId: string, listener: (message: BusMessage) => void): void {
    const listeners = this.#listeners.get(instanceId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(instanceId);
  }

  removeAll(instanceId: string): void {
    this.#listeners.get(instanceId)?.clear();
    this.#listeners.delete(instanceId);
  }

  listens(instanceId: string): boolean {
    return this.#listeners.has(instanceId);
  }

  /** Tells all who listen now and still do when their turn comes. */
  deliver(message: BusMessage): void {
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) {
        // Later, as from any other bus: whoever publishes is not interrupted by those who hear it.
        queueMicrotask(() => {
          if (listeners.has(listener)) listener(message);
        });
      }
    }
  }
}

export interface InMemoryEventBusOptions {
  /** What users of the bus take as the time after which an instance counts as dead. Default 10 seconds. */
  deadAfterMs?: number;
}

/**
 * Connects the instances within one process: those that were given the same channel. An instance lives exactly as
 * long as it listens, and no message is ever missed.
 */
export class InMemoryEventBus implements EventBus {
  readonly instanceId: string = crypto.randomUUID();
  readonly deadAfterMs: number;
  readonly #channel: BusChannel;

  constructor(options: InMemoryEventBusOptions = {}, channel: BusChannel = new BusChannel()) {
    this.deadAfterMs = bound("deadAfterMs", options.deadAfterMs, 10_000);
    this.#channel = channel;
  }

  publish(message: BusMessage): void {
    this.#channel.deliver(message);
  }

  subscribe(listener: (message: BusMessage) => void): () => void {
    // A function of its own, so that one listener can subscribe twice.
    const hear = (message: BusMessage) => listener(message);
    this.#channel.add(this.instanceId, hear);
    return () => this.#channel.remove(this.instanceId, hear);
  }

  isAlive(instanceId: string): boolean {
    return this.#channel.listens(instanceId);
  }

  /** Ends all subscriptions of this instance. */
  close(): void {
    this.#channel.removeAll(this.instanceId);
  }
}
