export type Id = string | number;

/** Whatever JSON came; tests look into it without checks, and fail where it is not what they expect. */
// biome-ignore lint/suspicious/noExplicitAny: a value off the wire has no type
export type Wild = any;

export interface ErrorObject {
  code: number;
  message: string;
  data?: Wild;
}

/** A JSON-RPC message as it came off the wire, not checked. */
export interface Message {
  jsonrpc?: unknown;
  id?: Id;
  method?: string;
  params?: Wild;
  result?: Wild;
  error?: ErrorObject;
}

export function isRequest(message: Message): boolean {
  return message.method !== undefined && message.id !== undefined;
}

export function isNotification(message: Message): boolean {
  return message.method !== undefined && message.id === undefined;
}

export function isResponse(message: Message): boolean {
  return message.method === undefined && ("result" in message || "error" in message);
}
