import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { isObject, type JsonRpcErrorObject, type Params, type RequestId } from "../protocol/jsonrpc.ts";
import type { Asks } from "./asks.ts";
import { Deadline } from "./deadline.ts";
import { ClientError } from "./errors.ts";
import type { RequestOptions } from "./options.ts";
import type { RawMessage } from "./raw-message.ts";
import type { Side } from "./side.ts";
import type { ClientTransport } from "./transport.ts";
import type { Notification, Progress, Result } from "./types.ts";

export interface LinkOptions {
  readonly timeoutMs: number;
  readonly maxTimeoutMs: number;
  readonly asks: Asks;
  notified(notification: Notification): void;
  warn(message: string): void;
}

export interface CallOptions extends RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes the notifications that come for this request, except those of its progress. */
  readonly onNotification?: (notification: Notification) => void;
  /** Whether the request lasts until somebody ends it, however silent it is. */
  readonly endless?: boolean;
}

/** Requests and what comes for them, over one transport that is open. */
export class Link {
  readonly transport: ClientTransport;
  readonly options: LinkOptions;
  readonly #progress = new Map<RequestId, (progress: Progress) => void>();
  /** Requests without end, by their ids, for servers that end them by a notification. */
  readonly #endless = new Map<RequestId, () => void>();
  static #lastId = 0;

  constructor(transport: ClientTransport, options: LinkOptions) {
    this.transport = transport;
    this.options = options;
  }

  /**
   * Sends one request.
   * @param side how to say it; undefined for the handshake itself
   * @throws RpcError when the server answers with an error; ClientError when there is no answer
   */
  async call(
    side: Side | undefined,
    method: string,
    params: Params | undefined,
    options: CallOptions = {},
  ): Promise<Result> {
    const id = ++Link.#lastId;
    const { onProgress, endless = false, headers } = options;
    const deadline = new Deadline(
      method,
      endless ? Number.POSITIVE_INFINITY : (options.timeoutMs ?? this.options.timeoutMs),
      endless ? Number.POSITIVE_INFINITY : (options.maxTimeoutMs ?? this.options.maxTimeoutMs),
      options.signal,
      () => this.options.asks.pending,
    );
    const token = onProgress === undefined ? undefined : { progressToken: id };
    const meta =
      options.meta === undefined && token === undefined ? undefined : { ...options.meta, ...token };
    const sent = side === undefined ? params : side.params(params, meta);
    const text = JSON.stringify({ jsonrpc: "2.0", id, method, params: sent });
    if (onProgress !== undefined) {
      this.#progress.set(id, (progress) => {
        deadline.restart();
        onProgress(progress);
      });
    }
    /** What the server asks on behalf of this call. */
    const asked = new Set<RequestId>();
    let ended = false;
    if (endless) {
      this.#endless.set(id, () => {
        ended = true;
        stop.abort();
      });
    }
    const stop = new AbortController();
    const signal = endless ? AbortSignal.any([deadline.signal, stop.signal]) : deadline.signal;
    const all = { ...side?.headers(method, sent), ...headers };
    try {
      const response = await this.transport.exchange({ id, method, text, headers: all, signal }, (message) =>
        this.receive(message, options.onNotification, asked),
      );
      return resultOf(response, method);
    } catch (error) {
      if (ended) return {};
      if (!deadline.signal.aborted) throw error;
      for (const one of asked) this.options.asks.withdraw(one);
      if (side !== undefined) this.#cancel(side, id, deadline.signal.reason);
      throw deadline.signal.reason;
    } finally {
      deadline.clear();
      this.#progress.delete(id);
      this.#endless.delete(id);
    }
  }

  /** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation#transport-specific-cancellation */
  #cancel(side: Side, requestId: RequestId, reason: unknown): void {
    if (!side.revision.handshake && this.transport.cancelsByClosing) return;
    const why = reason instanceof ClientError ? { reason: reason.message } : {};
    this.notify(side, "notifications/cancelled", { requestId, ...why }).catch(() => {});
  }

  async notify(side: Side, method: string, params?: Params): Promise<void> {
    await this.transport.send(
      JSON.stringify({ jsonrpc: "2.0", method, params }),
      side.headers(method, params),
    );
  }

  /** Takes a message of the server that is no answer. */
  receive(
    message: RawMessage,
    onNotification?: (notification: Notification) => void,
    asked?: Set<RequestId>,
  ): void {
    if (message.kind === "response") return;
    if (message.kind === "request") {
      asked?.add((message.value as { id: RequestId }).id);
      void this.#answer(message);
      return;
    }
    const notification = message.value as Notification;
    const { method, params } = notification;
    if (method === "notifications/progress") {
      const { progressToken, ...progress } = params ?? {};
      const report = this.#progress.get(progressToken as RequestId);
      if (report !== undefined) {
        report(progress as unknown as Progress);
        return;
      }
    }
    if (method === "notifications/cancelled") {
      const id = params?.["requestId"];
      this.#endless.get(id as RequestId)?.();
      this.options.asks.withdraw(id);
      return;
    }
    (onNotification ?? this.options.notified)(notification);
  }

  async #answer(message: RawMessage): Promise<void> {
    const { id, method, params } = message.value as { id: RequestId; method: string; params?: Params };
    const answered = await this.options.asks.answerRequest(id, method, params).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: this.#errorFor(method, error) }),
    );
    try {
      await this.transport.send(JSON.stringify({ jsonrpc: "2.0", id, ...answered }));
    } catch (error) {
      this.options.warn(`The answer to ${method} did not reach the server: ${(error as Error).message}`);
    }
  }

  /** What went wrong in a callback is nothing that the server should read. */
  #errorFor(method: string, error: unknown): JsonRpcErrorObject {
    if (error instanceof RpcError) return error.toJSON();
    this.options.warn(`The callback for ${method} failed: ${error instanceof Error ? error.message : error}`);
    return { code: ERROR_CODES.INTERNAL_ERROR, message: "The client could not answer." };
  }
}

/** @throws RpcError when the response is an error; ClientError when the result is no object */
function resultOf(response: RawMessage, method: string): Result {
  const value = response.value as { result?: unknown; error?: JsonRpcErrorObject };
  const { error, result } = value;
  if (error !== undefined) throw new RpcError(error.code, error.message, error.data, response.status);
  if (!isObject(result)) throw new ClientError("protocol", `The result of ${method} is no object.`);
  return result;
}
