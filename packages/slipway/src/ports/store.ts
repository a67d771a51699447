import type { ClientRequestAdapter } from "./client-request.ts";
import type { EventBus } from "./event-bus.ts";
import type { HandleAdapter } from "./handle.ts";
import type { JournalAdapter } from "./journal.ts";
import type { SessionAdapter } from "./session.ts";
import type { TaskAdapter } from "./task.ts";

/** One backend's bundle of all ports: what a server grows on. */
export interface Store {
  readonly sessions: SessionAdapter;
  readonly clientRequests: ClientRequestAdapter;
  readonly bus: EventBus;
  readonly tasks: TaskAdapter;
  readonly handles: HandleAdapter;
  readonly journals: JournalAdapter;
  /** Resolves when the backend can be used (reachable, migrated); rejects with what is wrong. */
  ready(): Promise<void>;
  /**
   * Resolves when the backend answers now; rejects with what is wrong. One round trip, as it may be asked every second.
   * Optional: without it probes have {@link ready} called, which may do more than that.
   */
  ping?(): Promise<void>;
  /**
   * Ends this instance's part: its subscriptions to the bus, and what the store opened by itself; never a client that
   * was passed in. Other instances go on. A second call does nothing.
   */
  close(): Promise<void>;
}

/** The backend of a store cannot be reached now. Servers answer 503 with `Retry-After`. */
export class StoreUnavailableError extends Error {
  override readonly name: string = "StoreUnavailableError";
}
