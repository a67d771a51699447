export type { KvList, KvNamespace } from "./kv.ts";
export { KvClientRequestAdapter, type KvClientRequestOptions } from "./kv-client-request-adapter.ts";
export { KvSessionAdapter, type KvSessionOptions } from "./kv-session-adapter.ts";
