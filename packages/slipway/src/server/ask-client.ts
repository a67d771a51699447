import { type ClientRequestAdapter, ClientRequestTimeoutError } from "../ports/index.ts";
import type { Ask } from "../protocol/eras/index.ts";
import { RpcError } from "../protocol/errors.ts";
import type { JsonRpcMessage } from "../protocol/jsonrpc.ts";
import { readAnswer } from "./answer.ts";
import type { AskOptions } from "./call.ts";
import { randomId } from "./random-id.ts";

/** The way to one client and back. */
export interface QuestionChannel {
  readonly clientRequests: ClientRequestAdapter;
  /** Keeps the answers of one channel from being taken for another's. */
  readonly name: string;
  send(message: JsonRpcMessage): void | Promise<void>;
  /** The id of a question that the client has been sent already, and will answer. */
  readonly sentAs?: string | undefined;
  /** Fires when the client seems to have gone. */
  readonly lost?: AbortSignal | undefined;
  /** Called with the id of a question before it is sent. */
  asking?(id: string): Promise<void>;
}

/**
 * Sends a question of its own and waits for the answer.
 * @throws RpcError when the client answers with an error
 */
export async function askClient(
  way: QuestionChannel,
  ask: Ask,
  { timeoutMs, signal }: Omit<AskOptions, "key">,
): Promise<unknown> {
  const { clientRequests, name: channel, sentAs, lost } = way;
  const id = sentAs ?? randomId();
  const { promise, ready } = clientRequests.createPending(
    channel,
    id,
    timeoutMs === undefined ? undefined : { timeoutMs },
  );
  // It may end before anybody looks at it, and no adapter's failure is to end the process.
  promise.catch(() => {});
  const giveUp = async () => {
    try {
      await clientRequests.rejectPending(channel, id, signal.aborted ? signal.reason : lost?.reason);
    } catch {
      // The wait ends when its time is over.
    }
  };
  signal.addEventListener("abort", giveUp, { once: true });
  lost?.addEventListener("abort", giveUp, { once: true });
  try {
    if (ready !== undefined) await ready;
    await way.asking?.(id);
    if (sentAs === undefined) await way.send({ jsonrpc: "2.0", id, method: ask.method, params: ask.params });
    return readAnswer(await promise);
  } catch (error) {
    if (!(error instanceof RpcError)) {
      const reason = error instanceof Error ? error.message : "cancelled";
      void way.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id, reason } });
    }
    throw error instanceof ClientRequestTimeoutError ? unanswered(ask, error) : error;
  } finally {
    signal.removeEventListener("abort", giveUp);
    lost?.removeEventListener("abort", giveUp);
  }
}

/** Adapters do not know what was asked. */
function unanswered(ask: Ask, cause: ClientRequestTimeoutError): ClientRequestTimeoutError {
  const message = `The client did not answer ${ask.method} in time: ${cause.message}`;
  return new ClientRequestTimeoutError(message, { cause });
}
