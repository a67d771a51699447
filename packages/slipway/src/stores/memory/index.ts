export { InMemoryClientRequestAdapter, type InMemoryClientRequestOptions } from "./client-request-adapter.ts";
export { InMemoryJournalAdapter, type InMemoryJournalOptions } from "./journal-adapter.ts";
export { InMemorySessionAdapter, type InMemorySessionOptions } from "./session-adapter.ts";
