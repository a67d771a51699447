export type { SqlSessionOptions } from "../sql/options.ts";
export { type SqliteStoreOptions, sqliteStore } from "./store.ts";
