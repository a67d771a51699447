import type { RequestId } from "../protocol/jsonrpc.ts";

export interface PendingOptions {
  /** How long to wait for the answer, in milliseconds; the adapter's default when left out. 0: no limit. */
  timeoutMs?: number;
}

export interface PendingRequest {
  /** Resolves with the client's JSON-RPC response, or rejects. */
  readonly promise: Promise<unknown>;
  /** Resolves once an answer would find the wait, where that takes time; the question is sent after it. */
  readonly ready?: Promise<void>;
}

/**
 * Connects a question that the server asked its client with the answer, which arrives by another request.
 *
 * The three methods are enough for an adapter of one's own. Keys are the session's id and the id of the
 * server's request, which is unguessable and never used twice.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export interface ClientRequestAdapter {
  /** Begins to wait. */
  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options?: PendingOptions,
  ): PendingRequest;

  /** Delivers the client's response. `true` to exactly one caller, when somebody was waiting for it. */
  resolvePending(
    sessionId: string | undefined,
    requestId: RequestId,
    response: unknown,
  ): boolean | Promise<boolean>;

  /** Ends the wait with an error. `true` when somebody was waiting. */
  rejectPending(
    sessionId: string | undefined,
    requestId: RequestId,
    reason: unknown,
  ): boolean | Promise<boolean>;
}

/** The client did not answer in time. */
export class ClientRequestTimeoutError extends Error {
  override readonly name: string = "ClientRequestTimeoutError";
}
