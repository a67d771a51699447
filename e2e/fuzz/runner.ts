import type { BatchResult } from "./batch.ts";
import { BatchProcess, type ProcessOptions } from "./batch-process.ts";
import type { BatchPlan } from "./plan.ts";

/** Runs batches one after the other, each process until it hangs or dies. */
export class Runner {
  readonly #options: ProcessOptions;
  #process: BatchProcess | undefined;

  constructor(options: ProcessOptions = {}) {
    this.#options = options;
  }

  run(batch: BatchPlan): Promise<BatchResult> {
    if (this.#process?.over !== false) this.#process = new BatchProcess(this.#options);
    return this.#process.run(batch);
  }

  async end(): Promise<void> {
    await this.#process?.end();
  }
}
