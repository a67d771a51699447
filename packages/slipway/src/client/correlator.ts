import { META } from "../protocol/eras/index.ts";
import { isObject, type RequestId } from "../protocol/jsonrpc.ts";
import type { RawMessage } from "./raw-message.ts";
import type { Listener, RawRequest } from "./transport.ts";

interface Pending {
  readonly id: RequestId;
  readonly listener: Listener | undefined;
  resolve(response: RawMessage): void;
  reject(error: unknown): void;
}

/** Finds what belongs together where all messages share one channel. */
export class Correlator {
  readonly #pending = new Map<RequestId, Pending>();
  readonly #byToken = new Map<RequestId, Pending>();

  /** Resolves with the response, which {@link receive} finds. */
  expect(
    { id, progressToken = id, signal }: RawRequest,
    listener: Listener | undefined,
  ): Promise<RawMessage> {
    let giveUp = () => {};
    return new Promise<RawMessage>((resolve, reject) => {
      giveUp = () => reject(signal?.reason);
      if (signal?.aborted) return giveUp();
      const pending = { id, listener, resolve, reject };
      this.#pending.set(id, pending);
      this.#byToken.set(progressToken, pending);
      signal?.addEventListener("abort", giveUp, { once: true });
    }).finally(() => {
      this.#pending.delete(id);
      this.#byToken.delete(progressToken);
      signal?.removeEventListener("abort", giveUp);
    });
  }

  /** Hands a message to the request that it belongs to; false when that is none. */
  receive(message: RawMessage): boolean {
    const { value } = message;
    if (message.kind === "response") {
      const { id } = value as { id?: RequestId };
      const pending = id === undefined ? undefined : this.#pending.get(id);
      pending?.resolve(message);
      return pending !== undefined;
    }
    if (message.kind === "request") return false;
    const { params } = value as { params?: { readonly [key: string]: unknown } };
    const pending = this.#byToken.get(params?.["progressToken"] as RequestId) ?? this.#subscription(params);
    if (pending?.listener === undefined) return false;
    void pending.listener(message);
    return true;
  }

  #subscription(params: { readonly [key: string]: unknown } | undefined): Pending | undefined {
    const meta = params?.["_meta"];
    return isObject(meta) ? this.#pending.get(meta[META.subscriptionId] as RequestId) : undefined;
  }

  /** Nothing more will come. */
  fail(error: unknown): void {
    for (const pending of this.#pending.values()) pending.reject(error);
  }
}
