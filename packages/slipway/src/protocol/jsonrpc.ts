/**
 * JSON-RPC 2.0 as MCP uses it.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#messages
 */

export type RequestId = string | number;

export interface JsonRpcRequest {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly method: string;
  readonly params?: Params;
}

export interface JsonRpcNotification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: Params;
}

interface JsonRpcResult {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly result: unknown;
}

export interface JsonRpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

interface JsonRpcFailure {
  readonly jsonrpc: "2.0";
  readonly id?: RequestId;
  readonly error: JsonRpcErrorObject;
}

export type JsonRpcResponse = JsonRpcResult | JsonRpcFailure;
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

/** Parameters as they came off the wire: own keys only, values not yet checked. */
export type Params = { readonly [key: string]: unknown };

export type MessageKind = "request" | "notification" | "response";

/** A batch with more messages than this is refused. */
const MAX_BATCH = 100;

/** What is wrong with how many messages a batch holds, if anything is. */
export function batchProblem({ length }: readonly unknown[]): string | undefined {
  if (length === 0) return "A batch must hold at least one message.";
  return length > MAX_BATCH ? `A batch may hold ${MAX_BATCH} messages, got ${length}.` : undefined;
}

/** What is wrong with a value that should have been a JSON-RPC message. */
export interface Malformed {
  readonly kind: "malformed";
  /** The id, when it could be read. */
  readonly id?: RequestId;
  /** Set for a notification, to which there is no answer, not even that it is malformed. */
  readonly notification?: true;
  readonly reason: string;
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string, or an integer that can be repeated digit for digit. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value));
}

/**
 * Tells what a parsed JSON value is. Allocates only for what is malformed.
 */
export function classifyMessage(value: unknown): MessageKind | Malformed {
  if (!isObject(value)) {
    return { kind: "malformed", reason: `expected a JSON-RPC object, got ${describe(value)}` };
  }
  const id = value["id"];
  if (value["jsonrpc"] !== "2.0") {
    return malformed(id, `"jsonrpc" must be "2.0", got ${describe(value["jsonrpc"])}`);
  }
  const method = value["method"];
  if (method === undefined) {
    return classifyResponse(value, id);
  }
  if (typeof method !== "string") return malformed(id, `"method" must be a string, got ${describe(method)}`);
  const params = value["params"];
  if (params !== undefined && !isObject(params)) {
    const reason = `"params" must be an object, got ${describe(params)}`;
    return id === undefined ? { kind: "malformed", notification: true, reason } : malformed(id, reason);
  }
  if (id === undefined) return "notification";
  return isRequestId(id) ? "request" : wrongId(id);
}

function classifyResponse(value: Params, id: unknown): MessageKind | Malformed {
  const hasResult = value["result"] !== undefined;
  const error = value["error"];
  if (hasResult === (error !== undefined)) {
    return malformed(id, `a message needs a "method", or exactly one of "result" and "error"`);
  }
  if (error !== undefined && !isErrorObject(error)) {
    return malformed(id, `"error" must hold an integer "code" and a string "message"`);
  }
  if (id === undefined && error !== undefined) return "response";
  return isRequestId(id) ? "response" : wrongId(id);
}

function wrongId(id: unknown): Malformed {
  return malformed(undefined, `"id" must be a string or an integer below 2^53, got ${describe(id)}`);
}

function isErrorObject(value: unknown): value is JsonRpcErrorObject {
  return isObject(value) && Number.isInteger(value["code"]) && typeof value["message"] === "string";
}

function malformed(id: unknown, reason: string): Malformed {
  return isRequestId(id) ? { kind: "malformed", id, reason } : { kind: "malformed", reason };
}

/** Names a value's type for an error message, without repeating what a client sent. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fractional number";
  return `a ${typeof value}`;
}

/** Whether the JSON text nests objects and arrays deeper than `max`. Strings do not count. */
export function nestsDeeperThan(json: string, max: number): boolean {
  // Few bodies have so many opening characters at all, strings included.
  if (!holdsMoreThan(json, max)) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(json, i);
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > max) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return false;
}

function holdsMoreThan(json: string, max: number): boolean {
  let count = 0;
  for (const opening of ["{", "["]) {
    for (let at = json.indexOf(opening); at !== -1; at = json.indexOf(opening, at + 1)) {
      if (++count > max) return true;
    }
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = json.indexOf('"', end + 1);
  }
  return json.length;
}
