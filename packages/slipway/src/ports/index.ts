export * from "./client-request.ts";
export * from "./journal.ts";
export * from "./principal.ts";
export * from "./session.ts";
