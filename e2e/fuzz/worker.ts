// Runs batches of cases in a thread of its own, for `fuzz.ts`.
import { parentPort, workerData } from "node:worker_threads";
import type { BatchResult } from "./batch.ts";
import { installMutant } from "./mutants.ts";
import type { BatchPlan } from "./plan.ts";

export interface WorkerSettings {
  /** How many cases have begun; the length of the text of the one that runs, in bytes, 0 for none; and that text. */
  readonly current: SharedArrayBuffer;
  /** The fault that the runtime is given on purpose. */
  readonly mutant?: string | undefined;
  readonly shrinkingMs?: number | undefined;
}

const { current, mutant, shrinkingMs } = workerData as WorkerSettings;
// Before the runtime is loaded.
if (mutant !== undefined) installMutant(mutant);
const { runBatch } = await import("./batch.ts");
const { targetOf } = await import("./targets/index.ts");

const numbers = new Int32Array(current, 0, 2);
const text = new Uint8Array(current, 8);
const encoder = new TextEncoder();

/** Notes the case where it can be read when this thread never comes back. */
function begins(one: unknown): void {
  numbers[0] = (numbers[0] ?? 0) + 1;
  numbers[1] = 0;
  numbers[1] = encoder.encodeInto(JSON.stringify(one) ?? "null", text).written;
}

async function serve({ target, seed, cases }: BatchPlan): Promise<BatchResult> {
  try {
    return await runBatch(targetOf(target), seed, cases, begins, shrinkingMs);
  } catch (error) {
    // Of the fuzzer itself, as when it cannot make a case.
    const what = error instanceof Error ? String(error.stack) : String(error);
    return { cases, findings: [{ target, seed, cases, what }] };
  } finally {
    numbers[1] = 0;
  }
}

parentPort?.on("message", async (plan: BatchPlan) => parentPort?.postMessage(await serve(plan)));
parentPort?.postMessage("ready");
