export {
  type DurableObjectStore,
  type DurableObjectStoreOptions,
  type DurableSessionOptions,
  durableObjectStore,
  type ObjectClass,
  type ObjectNamespace,
  type RequestHandler,
  type ServeRequestOptions,
  type StoreObjectClass,
  type StoreObjectMethods,
  serveRequest,
  storeObject,
} from "./durable/index.ts";
export type { KvList, KvNamespace } from "./kv.ts";
export { KvClientRequestAdapter, type KvClientRequestOptions } from "./kv-client-request-adapter.ts";
export { KvSessionAdapter, type KvSessionOptions } from "./kv-session-adapter.ts";
