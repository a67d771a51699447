import fc from "fast-check";
import { Fault } from "./fault.ts";
import { checkUnpolluted } from "./oracle/polluted.ts";
import { Patience } from "./patience.ts";
import type { BatchPlan } from "./plan.ts";
import { ProcessWatch } from "./process-watch.ts";
import type { Subject, Target } from "./target.ts";

/** Something that must never be, and how it comes about. */
export interface Finding {
  readonly target: string;
  readonly what: string;
  /** The smallest case that was found to show it; none where it showed only after all cases. */
  readonly one?: unknown;
  /** By which the batch is run again. */
  readonly seed: number;
  readonly cases: number;
}

export interface BatchResult {
  readonly cases: number;
  readonly findings: readonly Finding[];
}

/** How long one case may take, in milliseconds. A client within a case is less patient than that. */
const DEADLINE_MS = 60_000;
/** Counted in looks, as what gets no time of its machine does not hang. */
const LOOK_MS = 1_000;
/** How long a smaller case is looked for, unless something else is said, in milliseconds. */
const SHRINKING_MS = 20_000;

/** Not before there is something to watch: what goes wrong until then ends the process, as it should. */
let watch: ProcessWatch | undefined;

/**
 * Runs cases of a target against a subject of their own.
 * @param begins told of each case before it runs
 */
export async function runBatch(
  target: Target<never>,
  { seed, cases, one: given }: BatchPlan,
  begins: (one: unknown) => void,
  shrinkingMs = SHRINKING_MS,
): Promise<BatchResult> {
  const { name } = target;
  watch ??= new ProcessWatch();
  const before = heldOpen();
  const subject = await target.open();
  let run = 0;
  let giveUp = Number.POSITIVE_INFINITY;
  const generated = given === undefined ? target.cases : fc.constant(given as never);
  const property = fc.asyncProperty(generated, async (one) => {
    run++;
    if (Date.now() > giveUp) return;
    begins(one);
    try {
      await runOne(subject, one);
    } catch (error) {
      if (giveUp === Number.POSITIVE_INFINITY) giveUp = Date.now() + shrinkingMs;
      throw error;
    }
  });
  const details = await fc.check(property, { seed, numRuns: cases, verbose: 0 });
  const findings: Finding[] = [];
  if (details.failed) {
    const [one] = details.counterexample ?? [];
    findings.push({ target: name, what: wordsOf(details.errorInstance), one, seed, cases });
  }
  try {
    await subject.close?.();
    await checkReleased(before);
    watch?.check();
  } catch (error) {
    // What a broken case left is no finding of its own.
    if (!details.failed) findings.push({ target: name, what: wordsOf(error), seed, cases });
  }
  return { cases: run, findings };
}

async function runOne(subject: Subject<never>, one: never): Promise<void> {
  const running = subject.run(one);
  if (running instanceof Promise) {
    await inTime(running);
    // What nobody handles is known a turn later.
    await new Promise((done) => setImmediate(done));
  }
  checkUnpolluted();
  watch?.check();
}

async function inTime(running: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_, reject) => {
    let looks = 0;
    timer = setInterval(() => {
      if (++looks * LOOK_MS >= DEADLINE_MS) reject(new Fault(`A case has not ended after ${DEADLINE_MS} ms`));
    }, LOOK_MS);
  });
  try {
    await Promise.race([running, late]);
  } finally {
    clearInterval(timer);
  }
}

/** How many timers and sockets keep the process alive. */
function heldOpen(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCP)/.test(kind)).length;
}

/** Whatever the cases began has ended with their subject. */
async function checkReleased(before: number): Promise<void> {
  for (const patience = new Patience(); heldOpen() > before; )
    if (!(await patience.wait())) {
      const kinds = process.getActiveResourcesInfo().join(", ");
      throw new Fault(`Timers or sockets are held after all cases: ${kinds}`);
    }
}

function wordsOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
