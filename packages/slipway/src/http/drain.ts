import { type Call, interrupted, type Outcome, subjectOf } from "../server/index.ts";
import { HttpError } from "./http-error.ts";
import { RETRY_SOON } from "./respond.ts";

/** How long the last that calls had to say may take on its way to a store, in milliseconds. */
export const LAST_WORDS_MS = 500;

/** What requests are answered with that should go to another instance. */
export function shuttingDown(): HttpError {
  const message = "The server is shutting down: send the request again, and another will take it.";
  return new HttpError(503, message, { headers: [...RETRY_SOON, ["connection", "close"]] });
}

/** Looks again and again until it is done, or the time is over. */
export async function until(ms: number, isDone: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await isDone()) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 10));
}

type End = (outcome: Outcome) => void;

/** Ends a call with which another machine goes on; `false` where none does. */
export async function handOver(call: Call, end: End, last: boolean): Promise<boolean> {
  // A cancelled one is nobody's; where the store is away, none will.
  if (call.aborted || !(await call.outlet.handOver?.(call, last).catch(() => false))) return false;
  // Nobody is told of it, whatever its handler does.
  end(unfinished());
  return true;
}

function unfinished(): Outcome {
  return { kind: "error", error: interrupted() };
}

/**
 * Ends a call that has had its time, unless another machine goes on with it.
 * @returns what it was about, if its client is told that it was cut short, whatever its handler does
 */
export async function cutShort(call: Call, end: End): Promise<string | undefined> {
  if (await handOver(call, end, true)) return undefined;
  const outcome = unfinished();
  // What the handler does now changes nothing, and is no fault.
  call.suspension = Promise.resolve(outcome);
  end(outcome);
  call.unwind(new Error("The server is shutting down."));
  // Else nobody is there to be told.
  return call.aborted ? undefined : subjectOf(call);
}
