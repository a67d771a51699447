import type { JsonRpcErrorObject } from "./jsonrpc.ts";

/**
 * Every JSON-RPC error code that a server of ours sends, in one place.
 * `docs/errors.md` lists the same; a test holds the two together.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#error-codes
 */
export const ERROR_CODES = {
  /** The body is not JSON. */
  PARSE_ERROR: -32700,
  /** JSON, but not a JSON-RPC message that may be sent here. */
  INVALID_REQUEST: -32600,
  /** No such method in this revision, or its capability is not offered. */
  METHOD_NOT_FOUND: -32601,
  /** The parameters are wrong: unknown tool or prompt, bad cursor, a missing field. */
  INVALID_PARAMS: -32602,
  /** The server failed; `data.reference` finds the cause in its log. */
  INTERNAL_ERROR: -32603,
  /** Legacy revisions: no such resource. */
  RESOURCE_NOT_FOUND: -32002,
  /** HTTP headers and body disagree, or a required header is missing. */
  HEADER_MISMATCH: -32020,
  /** The call needs a capability that the client did not declare. */
  MISSING_REQUIRED_CLIENT_CAPABILITY: -32021,
  /** The server does not speak the revision that was asked for. */
  UNSUPPORTED_PROTOCOL_VERSION: -32022,
  /** A limit of `slipway/limits` is reached; `data.retryAfter` says when to come again, in seconds. */
  LIMIT_EXCEEDED: 429,
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

/**
 * An error that reaches the client as it is: a JSON-RPC error with a code, a message, and optional data.
 * Throw it from a handler to answer with a protocol error; use {@link ToolError} to speak to the model.
 *
 * Codes of one's own are integers outside of -32768 to -32000. A code that the client's revision reserves is sent
 * as -32603, and the log says so.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#error-codes
 */
export class RpcError extends Error {
  override readonly name: string = "RpcError";
  readonly code: number;
  readonly data: unknown;
  /** The HTTP status of a JSON answer that carries this error; the era's table decides when undefined. */
  readonly httpStatus: number | undefined;

  constructor(code: number, message: string, data?: unknown, httpStatus?: number) {
    super(message);
    this.code = code;
    this.data = data;
    this.httpStatus = httpStatus;
  }

  toJSON(): JsonRpcErrorObject {
    const { code, data, message = "" } = this;
    const said = message === "" ? `Error ${code}` : message;
    return data === undefined ? { code, message: said } : { code, message: said, data };
  }
}

/**
 * The caller needs scopes that it was not granted. Over HTTP the call ends with 403 and `insufficient_scope`, or with 401
 * where nobody was authenticated, if nothing was emitted before; elsewhere with the error alone.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#scope-challenge-handling
 */
export class InsufficientScopeError extends RpcError {
  override readonly name: string = "InsufficientScopeError";
  /** All scopes that the call needs, also those that the caller has. */
  readonly scopes: readonly string[];

  constructor(scopes: readonly string[]) {
    const message = `Insufficient scope: this needs "${scopes.join(" ")}".`;
    super(ERROR_CODES.INVALID_REQUEST, message, { requiredScopes: scopes }, 403);
    this.scopes = scopes;
  }
}

/**
 * A failure that the model should read and may correct: the call ends as a tool result with `isError: true`
 * whose text is the message. Outside of tools it is answered as "Internal error" with the message kept.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#error-handling
 */
export class ToolError extends Error {
  override readonly name: string = "ToolError";
}

export function invalidParams(message: string, data?: unknown): RpcError {
  return new RpcError(ERROR_CODES.INVALID_PARAMS, message, data);
}

export function invalidRequest(message: string, httpStatus = 400): RpcError {
  return new RpcError(ERROR_CODES.INVALID_REQUEST, message, undefined, httpStatus);
}

export function methodNotFound(method: string): RpcError {
  return new RpcError(ERROR_CODES.METHOD_NOT_FOUND, `Method not found: ${clip(method)}`);
}

/** Shortens what a client sent before it is repeated in a message. */
export function clip(text: string, max = 200): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
