export * from "./matrix.ts";
export {
  type Id,
  isNotification,
  isRequest,
  isResponse,
  type Message,
  type Wild,
} from "./messages.ts";
export type { Reply, Stream } from "./stream.ts";
export { gate, until } from "./until.ts";
export {
  ALL_CAPABILITIES,
  type Answers,
  type ChangeFilter,
  headerValue,
  META,
  openWire,
  type SendOptions,
  Wire,
  type WireOptions,
} from "./wire.ts";
