import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { MAX_TIMER_MS } from "../protocol/timer.ts";
import { type Call, failure, type Outcome } from "../server/index.ts";

/**
 * Runs `late` when a call has taken so long, without the time for which it has waited for its client.
 * @returns what stops the clock
 */
export function whenLate(call: Call, timeoutMs: number, late: () => void): () => void {
  // The time before does not count: what the client was asked by an earlier run is no matter of this one.
  const begun = performance.now() - call.askedMs;
  const look = (): void => {
    const leftMs = timeoutMs - (performance.now() - begun - call.askedMs);
    if (leftMs < 1) late();
    else timer = wait(look, leftMs);
  };
  let timer = wait(look, timeoutMs);
  return () => clearTimeout(timer);
}

function wait(run: () => void, ms: number): ReturnType<typeof setTimeout> {
  return setTimeout(run, Math.min(ms, MAX_TIMER_MS));
}

/** Tells the handler to stop, as `AbortSignal.timeout` would. What it still says reaches nobody. */
export function stop(call: Call, message: string): void {
  call.unwind(new DOMException(message, "TimeoutError"));
}

/** The outcome of a call, or an error when it takes too long. */
export function inTime(call: Call, outcome: Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const clear = whenLate(call, timeoutMs, () => {
      const message = tooLong(subjectOf(call), timeoutMs);
      stop(call, message);
      resolve(lateOutcome(call, message));
    });
    outcome.then(
      (done) => {
        clear();
        resolve(done);
      },
      (error) => {
        clear();
        reject(error);
      },
    );
  });
}

export function tooLong(what: string, timeoutMs: number): string {
  return `${what} did not finish within ${timeoutMs / 1_000} s and was stopped.`;
}

function lateOutcome(call: Call, message: string): Outcome {
  if (call.method !== "tools/call") {
    return { kind: "error", error: new RpcError(ERROR_CODES.INTERNAL_ERROR, message) };
  }
  return { kind: "complete", result: call.revision.encodeCallToolResult(failure(message)) };
}

function subjectOf({ method, params }: Call): string {
  return method === "tools/call" ? `The tool "${String(params?.["name"])}"` : method;
}
