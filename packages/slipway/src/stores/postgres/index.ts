export type { SqlSessionOptions } from "../sql/options.ts";
export { PostgresClientRequestAdapter, type PostgresClientRequestOptions } from "./client-request-adapter.ts";
export type { PostgresConnectionOptions } from "./database.ts";
export type { PostgresClient, PostgresPool } from "./pool.ts";
export { PostgresSessionAdapter, type PostgresSessionOptions } from "./session-adapter.ts";
export { type PostgresStoreOptions, postgresStore } from "./store.ts";
