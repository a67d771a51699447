export * from "./client-request.ts";
export * from "./event-bus.ts";
export * from "./handle.ts";
export * from "./journal.ts";
export * from "./principal.ts";
export * from "./session.ts";
export * from "./store.ts";
export * from "./task.ts";
