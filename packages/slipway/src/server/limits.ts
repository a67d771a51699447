import type { Principal } from "../ports/index.ts";
import type { Call, RequestView } from "./call.ts";
import type { Outcome } from "./outcome.ts";

/**
 * What bounds the requests that a server takes: made by `limits` of `slipway/limits`. Whatever refuses throws an
 * `RpcError`; what its data says as `retryAfter`, in seconds, is also sent as `Retry-After`.
 */
export interface Limits {
  /** An HTTP request has come in: before anybody is authenticated, and before its body is read. */
  admitAddress(request: RequestView): void | Promise<void>;
  /**
   * It is known who calls. The body of an HTTP request was not read yet.
   * @param request absent on stdio
   * @param count how many requests come in. Default: 1
   */
  admitCaller(
    principal: Principal | undefined,
    request: RequestView | undefined,
    count?: number,
  ): void | Promise<void>;
  /** Serves a call that was let in, by `next`. */
  serve(call: Call, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome>;
}
