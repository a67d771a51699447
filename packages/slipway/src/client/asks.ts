import type { AskMethod } from "../protocol/eras/index.ts";
import { ERROR_CODES, methodNotFound, RpcError } from "../protocol/errors.ts";
import { isObject, type Params, type RequestId } from "../protocol/jsonrpc.ts";
import { applyDefaults } from "../protocol/schema/defaults.ts";
import type { ClientCapabilities } from "../protocol/types.ts";
import type { ClientOptions } from "./options.ts";
import type { ElicitFormRequest, ElicitUrlRequest } from "./types.ts";

type AnswerOne = (params: Params, signal: AbortSignal) => Promise<object>;

/** Answers what servers ask, by the callbacks of the client. */
export class Asks {
  readonly #answers: ReadonlyMap<string, AnswerOne>;
  readonly #running = new Map<RequestId, AbortController>();
  #pending = 0;

  constructor(options: ClientOptions) {
    this.#answers = answersOf(options);
  }

  /** Whether somebody thinks about an answer at this moment. */
  get pending(): boolean {
    return this.#pending > 0;
  }

  knows(method: string): method is AskMethod {
    return this.#answers.has(method);
  }

  /** @throws what the callback throws; RpcError -32601 when there is none */
  async answer(method: string, params: Params = {}, signal: AbortSignal): Promise<object> {
    const answer = this.#answers.get(method);
    if (answer === undefined) throw methodNotFound(method);
    this.#pending++;
    try {
      return await answer(params, signal);
    } finally {
      this.#pending--;
    }
  }

  /** Answers a request of the server's own, which it may take back by its id. */
  async answerRequest(id: RequestId, method: string, params: Params | undefined): Promise<object> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      return await this.answer(method, params, controller.signal);
    } finally {
      this.#running.delete(id);
    }
  }

  /** The server takes its question back. */
  withdraw(id: unknown): void {
    this.#running.get(id as RequestId)?.abort();
  }

  withdrawAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}

function answersOf({ elicitation, sampling, roots }: ClientOptions): Map<string, AnswerOne> {
  const answers = new Map<string, AnswerOne>([["ping", async () => ({})]]);
  if (elicitation !== undefined) {
    answers.set("elicitation/create", (params, signal) => elicit(elicitation, params, signal));
  }
  if (sampling !== undefined) {
    answers.set("sampling/createMessage", async (params, signal) => sampling(params as never, { signal }));
  }
  if (roots !== undefined) {
    answers.set("roots/list", async (_params, signal) => ({
      roots: typeof roots === "function" ? await roots({}, { signal }) : roots,
    }));
  }
  return answers;
}

async function elicit(
  { form, url }: NonNullable<ClientOptions["elicitation"]>,
  params: Params,
  signal: AbortSignal,
): Promise<object> {
  if (params["mode"] === "url") {
    if (url === undefined) throw cannot("url");
    return url(params as unknown as ElicitUrlRequest, { signal });
  }
  if (form === undefined) throw cannot("form");
  const request = params as unknown as ElicitFormRequest;
  const answer = await form(request, { signal });
  if (answer.action !== "accept" || !isObject(request.requestedSchema)) return answer;
  return { ...answer, content: applyDefaults(request.requestedSchema, answer.content ?? {}) };
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#error-handling */
function cannot(mode: string): RpcError {
  return new RpcError(ERROR_CODES.INVALID_PARAMS, `This client has no elicitation of the mode "${mode}".`);
}

/** What a client can do by its callbacks, and what else it says of itself. */
export function capabilitiesOf({
  elicitation,
  sampling,
  roots,
  capabilities = {},
}: ClientOptions): ClientCapabilities {
  const own: ClientCapabilities = {
    ...(elicitation !== undefined && {
      elicitation: { ...(elicitation.form && { form: {} }), ...(elicitation.url && { url: {} }) },
    }),
    ...(sampling !== undefined && { sampling: {} }),
    ...(roots !== undefined && { roots: {} }),
  };
  const merged: { [name: string]: unknown } = { ...own };
  for (const [name, value] of Object.entries(capabilities)) {
    const mine = merged[name];
    merged[name] = isObject(mine) && isObject(value) ? { ...mine, ...value } : value;
  }
  return merged as ClientCapabilities;
}
