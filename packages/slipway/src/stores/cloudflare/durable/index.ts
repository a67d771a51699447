export type { ObjectClass, ObjectNamespace } from "./platform.ts";
export { type RequestHandler, type ServeRequestOptions, serveRequest } from "./serve-request.ts";
export type { DurableSessionOptions } from "./session-adapter.ts";
export { type DurableObjectStore, type DurableObjectStoreOptions, durableObjectStore } from "./store.ts";
export { type StoreObjectClass, type StoreObjectMethods, storeObject } from "./store-object.ts";
