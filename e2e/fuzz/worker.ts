// Runs batches of cases in a process of its own, for `batch-process.ts`.
import { Worker } from "node:worker_threads";
import type { BatchResult } from "./batch.ts";
import { CaseWriter } from "./case-note.ts";
import { installMutant } from "./mutants.ts";
import type { BatchPlan } from "./plan.ts";

export interface WorkerSettings {
  /** The fault that the runtime is given on purpose, to see it found. */
  readonly mutant?: string | undefined;
  /** How long a smaller case is looked for, in milliseconds. Default: 20,000. */
  readonly shrinkingMs?: number | undefined;
}

const { mutant, shrinkingMs } = JSON.parse(process.argv[2] as string) as WorkerSettings;
// Before the runtime is loaded.
if (mutant !== undefined) installMutant(mutant);
const { runBatch } = await import("./batch.ts");
const { targetOf } = await import("./targets/index.ts");

const writer = new CaseWriter();

async function serve(batch: BatchPlan): Promise<BatchResult> {
  try {
    return await runBatch(targetOf(batch.target), batch, (one) => writer.begins(one), shrinkingMs);
  } catch (error) {
    // Of the fuzzer itself, as when it cannot make a case.
    const what = error instanceof Error ? String(error.stack) : String(error);
    return { cases: batch.cases, findings: [{ ...batch, what }] };
  } finally {
    writer.rests();
  }
}

/** Whose parent is gone, nobody ends; and who hangs does not hear of it, hence a thread of its own. */
function endWithParent(): void {
  const parent = process.ppid;
  const look = `if (process.ppid !== ${parent}) process.kill(process.pid, "SIGKILL");`;
  new Worker(`setInterval(() => { ${look} }, 1_000);`, { eval: true }).unref();
}

endWithParent();
process.on("message", async (batch: BatchPlan) => process.send?.(await serve(batch)));
process.send?.("ready");
