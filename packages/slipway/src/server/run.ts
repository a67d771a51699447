import type { JournalAdapter } from "../ports/index.ts";
import { principalKey } from "../ports/index.ts";
import { ERROR_CODES, invalidParams, RpcError } from "../protocol/errors.ts";
import type { Call } from "./call.ts";
import { Context, type ContextHost } from "./context.ts";
import { type Answer, canonicalJson, Journal, type JournalEntry } from "./journal.ts";
import type { Logger } from "./logger.ts";
import type { Outcome } from "./outcome.ts";
import { Replay, readResponses, type Suspension } from "./replay.ts";
import type { Sealer } from "./seal.ts";

/** What carries the journals of suspended calls. */
export interface Continuation {
  readonly sealer: Sealer;
  readonly journals: JournalAdapter | undefined;
}

/** In front of a `requestState` that only refers to a kept journal. */
const REFERENCE = "ref.";

/**
 * Runs `work` for a call, with the journal that the client carried, if it carried one. Ends with the work's
 * outcome, or with the questions on which it was suspended.
 */
export function runCall(
  call: Call,
  host: ContextHost & { readonly logger: Logger },
  continuation: Continuation,
  work: (ctx: Context) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  const replay = new Replay(call);
  const ctx = new Context(call, host, replay);
  if (call.revision.askTravel === "request") return work(ctx);
  const { revision, method, params } = call;
  const run = () => raceSuspension(call, replay, continuation, host.logger, () => work(ctx));
  if (params?.["requestState"] === undefined) {
    const answered = params?.["inputResponses"] !== undefined && revision.askable.has(method);
    if (answered) call.journal.offer(responsesOf(params));
    return run();
  }
  return restore(call, continuation).then((journal) => {
    call.journal = journal;
    return run();
  });
}

function raceSuspension(
  call: Call,
  replay: Replay,
  continuation: Continuation,
  logger: Logger,
  work: () => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  let resolveEarly: ((outcome: Promise<Outcome>) => void) | undefined;
  replay.onSuspend((suspension) => {
    reportDivergence(call, logger);
    call.suspension = suspend(call, suspension, continuation);
    resolveEarly?.(call.suspension);
  });
  const outcome = work();
  if (!(outcome instanceof Promise)) return outcome;
  return new Promise<Outcome>((resolve, reject) => {
    resolveEarly = resolve;
    outcome.then(
      (done) => {
        if (call.suspension === undefined) reportDivergence(call, logger);
        resolve(call.suspension ?? done);
      },
      (error) => (call.suspension === undefined ? reject(error) : resolve(call.suspension)),
    );
  });
}

/** Everything that a suspended call is bound to, as one text. */
function bindingOf(call: Call): string {
  const { params } = call;
  const subject = params?.["name"] ?? params?.["uri"] ?? null;
  return canonicalJson([principalKey(call.principal), call.method, subject, params?.["arguments"] ?? null]);
}

async function suspend(
  call: Call,
  suspension: Suspension,
  { sealer, journals }: Continuation,
): Promise<Outcome> {
  const sealed = await sealer.seal(suspension.journal, bindingOf(call));
  if (sealed.length <= sealer.maxLength)
    return { kind: "input_required", asks: suspension.asks, state: sealed };
  if (journals === undefined) {
    throw new Error(
      `The journal of this call takes ${sealed.length} characters, more than the ${sealer.maxLength} that ` +
        "requestState may have. Let the steps return less, or give the transport a journalAdapter.",
    );
  }
  const reference = await journals.put(sealed, sealer.ttlMs);
  return { kind: "input_required", asks: suspension.asks, state: REFERENCE + reference };
}

async function restore(call: Call, { sealer, journals }: Continuation): Promise<Journal> {
  const { params } = call;
  const state = params?.["requestState"];
  if (typeof state !== "string") throw invalidParams(`"requestState" must be the string that was sent.`);
  const responses = responsesOf(params);
  const sealed = state.startsWith(REFERENCE) ? await journals?.get(state.slice(REFERENCE.length)) : state;
  if (sealed === undefined) {
    throw new RpcError(
      ERROR_CODES.INVALID_PARAMS,
      `"requestState" is unknown or has expired: send the request anew.`,
      undefined,
      400,
    );
  }
  const journal = new Journal((await sealer.open(sealed, bindingOf(call))) as JournalEntry[]);
  journal.answer(responses);
  return journal;
}

function responsesOf(params: Call["params"]): ReadonlyMap<string, Answer> {
  const responses = readResponses(params?.["inputResponses"]);
  if (responses !== undefined) return responses;
  throw invalidParams(
    `"inputResponses" must be an object whose values are the results of the input requests.`,
  );
}

/** Says in words that a handler went another way than its journal. */
function reportDivergence(call: Call, logger: Logger): void {
  const [first] = call.replaying ? call.journal.untaken() : [];
  if (first === undefined) return;
  const subject = String(call.params?.["name"] ?? call.params?.["uri"] ?? "");
  const what =
    first.type === "ask" ? `ask "${first.key}" as before` : `come to the step "${first.name}" again`;
  logger.warn(
    `The handler of "${subject}" did not ${what} when it ran again. Its answer is kept but was not used. ` +
      "Likely something outside of ctx.step differs from run to run: a clock, a random number, or data that changed.",
  );
}
