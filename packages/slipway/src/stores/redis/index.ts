export type { IoredisClient, NodeRedisClient, RedisClient } from "./client.ts";
export { RedisClientRequestAdapter, type RedisClientRequestOptions } from "./client-request-adapter.ts";
export { RedisConnection, type RedisOptions } from "./connection.ts";
export type { RedisEventBusOptions } from "./event-bus.ts";
export { RedisSessionAdapter, type RedisSessionOptions } from "./session-adapter.ts";
export { type RedisStore, type RedisStoreOptions, redisStore } from "./store.ts";
