import { isObject, type Params } from "../protocol/jsonrpc.ts";
import type { Asks } from "./asks.ts";
import { ClientError } from "./errors.ts";
import type { Result } from "./types.ts";

/** How often one call may come back with questions. */
const MAX_ROUNDS = 100;

/**
 * Sends a request as often as its server needs answers to end it.
 * @param send sends it with what is added to its parameters
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export async function withAnswers(
  send: (added: Params) => Promise<Result>,
  asks: Asks,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let added: Params = {};
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = await send(added);
    if (result["resultType"] !== "input_required") return result;
    const { inputRequests, requestState } = result;
    if (inputRequests === undefined && requestState === undefined) {
      throw new ClientError("protocol", "The server wants input, and says neither which nor for what.");
    }
    added = {
      ...(inputRequests !== undefined && { inputResponses: await answersTo(inputRequests, asks, signal) }),
      ...(requestState !== undefined && { requestState }),
    };
  }
  throw new ClientError("protocol", `The server wants input for one call for the ${MAX_ROUNDS + 1}th time.`);
}

/**
 * What the client's callbacks say to questions, by the questions' names.
 * @throws ClientError `unanswered` for a question that the client has no callback for; whatever a callback throws
 */
export async function answersTo(
  requests: unknown,
  asks: Asks,
  signal: AbortSignal | undefined,
): Promise<{ [key: string]: object }> {
  if (!isObject(requests)) throw new ClientError("protocol", "The server's questions are no object.");
  const unheeded = new AbortController();
  const entries = Object.entries(requests).map(async ([key, request]) => {
    const { method, params } = (isObject(request) ? request : {}) as { method?: unknown; params?: Params };
    if (typeof method !== "string" || !asks.knows(method)) {
      throw new ClientError(
        "unanswered",
        `The server asks for ${method}, for which this client has no callback.`,
      );
    }
    return [key, await asks.answer(method, params, signal ?? unheeded.signal)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
