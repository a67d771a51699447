import type { HandleAdapter, JournalAdapter } from "../ports/index.ts";
import { principalKey } from "../ports/index.ts";
import { clip, invalidParams } from "../protocol/errors.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import type { Call } from "./call.ts";
import { Context, type ContextHost } from "./context.ts";
import {
  type Answer,
  canonicalJson,
  isSettled,
  Journal,
  type JournalEntry,
  type JournalRecord,
} from "./journal.ts";
import type { Logger } from "./logger.ts";
import type { Outcome } from "./outcome.ts";
import type { Suspension } from "./replay.ts";
import { refused, type Sealer } from "./seal.ts";
import type { Tasks } from "./tasks/index.ts";

/** What carries the journals of suspended calls. */
export interface Continuation {
  readonly sealer: Sealer;
  readonly journals: JournalAdapter | undefined;
  /** Keeps what handles open. */
  readonly handles?: HandleAdapter | undefined;
  /** Makes tasks of calls. */
  readonly tasks?: Tasks | undefined;
}

/** In front of a `requestState` that only refers to a kept journal. */
const REFERENCE = "ref.";

/** What calls are run by. */
export interface CallHost extends ContextHost {
  readonly logger: Logger;
  serve(call: Call, ctx: Context): Outcome | Promise<Outcome>;
}

/**
 * Runs a call, with the journal that the client carried, if it carried one. Ends with the host's outcome, or with
 * the questions on which the call was suspended.
 */
export function runCall(call: Call, host: CallHost, continuation: Continuation): Outcome | Promise<Outcome> {
  call.handles = continuation.handles;
  call.tasks = continuation.tasks;
  if (call.outlet.task !== undefined) return runSuspendable(call, host, continuation);
  const { revision, method, params } = call;
  if (revision.askTravel !== "result" || !revision.askable.has(method)) {
    return host.serve(call, new Context(call, host));
  }
  if (params?.["requestState"] !== undefined) {
    return restore(call, continuation).then((journal) => {
      call.journal = journal;
      if (journal.trace !== undefined) call.watch?.continues?.(journal.trace);
      return runSuspendable(call, host, continuation);
    });
  }
  if (params?.["inputResponses"] !== undefined) call.journal.offer(responsesOf(params));
  return runSuspendable(call, host, continuation);
}

/** Runs a call until it ends, or has come to rest on questions. */
function runSuspendable(call: Call, host: CallHost, continuation: Continuation): Outcome | Promise<Outcome> {
  const outcome = host.serve(call, new Context(call, host));
  // What has ended at once has asked nothing.
  if (!(outcome instanceof Promise)) return outcome;
  const { logger } = host;
  return new Promise<Outcome>((resolve, reject) => {
    call.replayListener = {
      suspended: (suspension) => {
        reportDivergence(call, logger);
        call.suspension = suspend(call, suspension, continuation);
        resolve(call.suspension);
      },
      stalled: (steps) => logger.warn(stallOf(call, steps)),
    };
    const finish = () => {
      call.endReplay();
      if (call.suspension === undefined) reportDivergence(call, logger);
    };
    outcome.then(
      (done) => {
        finish();
        resolve(done);
      },
      (error) => {
        finish();
        reject(error);
      },
    );
  });
}

/** Everything that a suspended call is bound to, as one text. */
function bindingOf(call: Call): string {
  const { params } = call;
  return canonicalJson([
    principalKey(call.principal),
    call.method,
    params?.["name"] ?? params?.["uri"] ?? null,
    params?.["arguments"] ?? null,
  ]);
}

async function suspend(
  call: Call,
  { asks, journal }: Suspension,
  { sealer, journals }: Continuation,
): Promise<Outcome> {
  if (call.outlet.task !== undefined) return call.outlet.task.suspend({ asks, journal });
  const sealed = await sealer.seal(journal, bindingOf(call));
  if (sealed.length <= sealer.maxLength) return { kind: "input_required", asks, state: sealed };
  if (journals === undefined) {
    throw new Error(
      `The journal of ${subjectOf(call)} takes ${sealed.length} characters, more than the ${sealer.maxLength} ` +
        "that requestState may have. Let its steps return less, or give the transport a journalAdapter.",
    );
  }
  return { kind: "input_required", asks, state: REFERENCE + (await journals.put(sealed, sealer.ttlMs)) };
}

async function restore(call: Call, { sealer, journals }: Continuation): Promise<Journal> {
  const { params } = call;
  const state = params?.["requestState"];
  if (typeof state !== "string") throw invalidParams(`"requestState" must be the string that was sent.`);
  const responses = responsesOf(params);
  const sealed = state.startsWith(REFERENCE) ? await journals?.get(state.slice(REFERENCE.length)) : state;
  // One answer for a journal that is another's and for one that is not there.
  if (sealed === undefined) throw refused();
  const journal = new Journal((await sealer.open(sealed, bindingOf(call))) as JournalRecord);
  journal.answer(responses);
  return journal;
}

/** What a client sent as `inputResponses`; values must be objects, as every result is. */
function responsesOf(params: Call["params"]): ReadonlyMap<string, Answer> {
  const { inputResponses = {} } = params ?? {};
  const responses = isObject(inputResponses) ? Object.entries(inputResponses) : undefined;
  if (responses === undefined || !responses.every(([, result]) => isObject(result))) {
    throw invalidParams(
      `"inputResponses" must be an object whose values are the results of the input requests.`,
    );
  }
  return new Map(responses.map(([key, result]) => [key, { result }]));
}

/** Says in words that a handler went another way than its journal. */
function reportDivergence(call: Call, logger: Logger): void {
  if (call.aborted || !call.hasJournal) return;
  const missed = call.journal.missed.filter(isSettled).map(nameOf);
  if (missed.length === 0) return;
  logger.warn(
    `The handler of ${subjectOf(call)} went another way when it ran again: it did not come to ` +
      `${missed.slice(0, 3).join(", ")}${missed.length > 3 ? ` and ${missed.length - 3} more` : ""} as it had before. ` +
      "What they gave is kept but was not used. Likely something outside of ctx.step differs from run to run (a clock, " +
      "a random number, data that changed), or a step is taken inside another step.",
  );
}

function stallOf(call: Call, steps: readonly string[]): string {
  return (
    `The handler of ${subjectOf(call)} has asked its client something, which waits for the end of ` +
    `${steps.map((name) => `the step "${name}"`).join(", ")}. If the step itself asks, that never comes: ask outside ` +
    "of ctx.step and pass the answer to the step's function."
  );
}

function nameOf(entry: JournalEntry): string {
  return entry.type === "ask" ? `the question "${entry.key}"` : `the step "${entry.name}"`;
}

/** What a call is about, for the log. */
export function subjectOf({ method, params }: Call): string {
  return `${method} ${JSON.stringify(clip(String(params?.["name"] ?? params?.["uri"] ?? "")))}`;
}
