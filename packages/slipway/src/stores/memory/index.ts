export { InMemoryClientRequestAdapter, type InMemoryClientRequestOptions } from "./client-request-adapter.ts";
export { InMemoryEventBus, type InMemoryEventBusOptions } from "./event-bus.ts";
export { InMemoryHandleAdapter, type InMemoryHandleOptions } from "./handle-adapter.ts";
export { InMemoryJournalAdapter, type InMemoryJournalOptions } from "./journal-adapter.ts";
export { InMemorySessionAdapter, type InMemorySessionOptions } from "./session-adapter.ts";
export { type MemoryStore, type MemoryStoreOptions, memoryStore } from "./store.ts";
export { InMemoryTaskAdapter, type InMemoryTaskOptions } from "./task-adapter.ts";
