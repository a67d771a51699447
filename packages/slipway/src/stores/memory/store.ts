import type { Store } from "../../ports/index.ts";
import { InMemoryClientRequestAdapter, type InMemoryClientRequestOptions } from "./client-request-adapter.ts";
import { BusChannel, InMemoryEventBus, type InMemoryEventBusOptions } from "./event-bus.ts";
import { InMemoryHandleAdapter, type InMemoryHandleOptions } from "./handle-adapter.ts";
import { InMemoryJournalAdapter, type InMemoryJournalOptions } from "./journal-adapter.ts";
import { InMemorySessionAdapter, type InMemorySessionOptions } from "./session-adapter.ts";
import { InMemoryTaskAdapter, type InMemoryTaskOptions } from "./task-adapter.ts";

export interface MemoryStoreOptions extends InMemoryEventBusOptions {
  sessions?: InMemorySessionOptions;
  clientRequests?: InMemoryClientRequestOptions;
  tasks?: InMemoryTaskOptions;
  handles?: InMemoryHandleOptions;
  journals?: InMemoryJournalOptions;
}

export interface MemoryStore extends Store {
  readonly sessions: InMemorySessionAdapter;
  readonly clientRequests: InMemoryClientRequestAdapter;
  readonly bus: InMemoryEventBus;
  readonly tasks: InMemoryTaskAdapter;
  readonly handles: InMemoryHandleAdapter;
  readonly journals: InMemoryJournalAdapter;
  /** Another instance over the same memory, for several servers in one process; it has a bus of its own. */
  instance(): MemoryStore;
}

/**
 * Keeps everything in this process's memory, for a server that runs as one process. It ends with the process; every
 * part has bounds, see the options.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const channel = new BusChannel();
  const shared = {
    sessions: new InMemorySessionAdapter(options.sessions),
    clientRequests: new InMemoryClientRequestAdapter(options.clientRequests),
    tasks: new InMemoryTaskAdapter(options.tasks),
    handles: new InMemoryHandleAdapter(options.handles),
    journals: new InMemoryJournalAdapter(options.journals),
  };
  const instance = (): MemoryStore => {
    const bus = new InMemoryEventBus(options, channel);
    const ready = async () => {};
    return { ...shared, bus, instance, ready, ping: ready, close: async () => bus.close() };
  };
  return instance();
}
