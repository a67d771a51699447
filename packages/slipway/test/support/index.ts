export * from "./matrix.ts";
export {
  type ErrorObject,
  type Id,
  isNotification,
  isRequest,
  isResponse,
  type Message,
  type Wild,
} from "./messages.ts";
export type { SseEvent } from "./sse-reader.ts";
export type { Ask, Head, Reply, Stream } from "./stream.ts";
export { gate, until } from "./until.ts";
export {
  ALL_CAPABILITIES,
  type Answer,
  type Answers,
  type ChangeFilter,
  headerValue,
  META,
  openWire,
  type RequestOptions,
  type SendOptions,
  Wire,
  type WireOptions,
} from "./wire.ts";
