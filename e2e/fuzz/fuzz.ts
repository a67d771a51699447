import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { BatchResult, Finding } from "./batch.ts";
import { type BatchPlan, planOf } from "./plan.ts";
import { TARGETS, targetOf } from "./targets/index.ts";
import type { WorkerSettings } from "./worker.ts";

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** The target's name; all of them unless given. */
  readonly only?: string | undefined;
  /** How many threads. */
  readonly threads: number;
  /** The fault that the runtime is given on purpose, to see it found. */
  readonly mutant?: string;
  /** After so many findings the run ends. Default: 20. */
  readonly enough?: number;
  /** How long a smaller case is looked for, in milliseconds. Default: 20,000. */
  readonly shrinkingMs?: number;
  /** A thread that begins no other case for so long hangs, in milliseconds. Default: 120,000. */
  readonly hangsAfterMs?: number;
  readonly onFinding?: (finding: Finding) => void;
  /** Called after each batch. */
  readonly onProgress?: (report: FuzzReport) => void;
}

export interface FuzzReport {
  readonly cases: number;
  readonly ms: number;
  readonly byTarget: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

/** A case that waits says so itself, sooner. */
const HANGS_AFTER_MS = 120_000;
/** Looked at so often, and counted in looks: on a machine that has no time for anybody nothing hangs. */
const LOOK_MS = 1_000;
const MAX_CASE_BYTES = 4 * 1024 * 1024;

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { cases, seed, only, threads, enough = 20 } = options;
  const targets = only === undefined ? TARGETS : [targetOf(only)];
  const plan = planOf(targets, cases, seed);
  const begun = performance.now();
  const byTarget = new Map<string, number>();
  const findings: Finding[] = [];
  let done = 0;
  const report = () => ({ cases: done, ms: performance.now() - begun, byTarget, findings });
  const work = async () => {
    let thread: Thread | undefined;
    try {
      for (let batch = plan.shift(); batch !== undefined; batch = plan.shift()) {
        if (findings.length >= enough) return;
        thread ??= await Thread.start(options);
        const result = await thread.run(batch);
        // A thread that hung or broke is gone.
        if (!thread.alive) thread = undefined;
        done += result.cases;
        byTarget.set(batch.target, (byTarget.get(batch.target) ?? 0) + result.cases);
        findings.push(...result.findings);
        for (const finding of result.findings) options.onFinding?.(finding);
        options.onProgress?.(report());
      }
    } finally {
      await thread?.end();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return report();
}

class Thread {
  alive = true;
  readonly #worker: Worker;
  readonly #current: SharedArrayBuffer;
  readonly #hangsAfterMs: number;
  #fault: string | undefined;
  #gone = () => {};

  static async start({ mutant, shrinkingMs, hangsAfterMs }: FuzzOptions): Promise<Thread> {
    const current = new SharedArrayBuffer(MAX_CASE_BYTES);
    const settings: WorkerSettings = { current, mutant, shrinkingMs };
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: settings, execArgv: [] });
    const thread = new Thread(worker, current, hangsAfterMs);
    await once(worker, "message");
    return thread;
  }

  private constructor(worker: Worker, current: SharedArrayBuffer, hangsAfterMs = HANGS_AFTER_MS) {
    this.#worker = worker;
    this.#hangsAfterMs = hangsAfterMs;
    this.#current = current;
    worker.on("error", (error) => {
      this.#fault = `The thread ended: ${error instanceof Error ? error.stack : String(error)}`;
    });
    worker.on("exit", () => {
      this.alive = false;
      this.#gone();
    });
  }

  async run(batch: BatchPlan): Promise<BatchResult> {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<BatchResult | undefined>((resolve) => {
      let [last, looks] = [this.#begun, 0];
      timer = setInterval(() => {
        looks = this.#begun === last ? looks + 1 : 0;
        last = this.#begun;
        if (looks * LOOK_MS >= this.#hangsAfterMs) resolve(undefined);
      }, LOOK_MS);
      this.#worker.once("message", resolve);
      this.#gone = () => resolve(undefined);
    });
    this.#worker.postMessage(batch);
    const result = await answer;
    clearInterval(timer);
    if (result !== undefined) return result;
    const one = this.#case();
    const what = this.#fault ?? (this.alive ? "The thread hangs" : "The thread ended");
    await this.end();
    const finding = { ...batch, what, ...(one !== undefined && { one }) };
    return { cases: batch.cases, findings: [finding] };
  }

  /** How many cases have begun. */
  get #begun(): number {
    return new Int32Array(this.#current, 0, 1)[0] ?? 0;
  }

  /** The case that runs. */
  #case(): unknown {
    const length = new Int32Array(this.#current, 4, 1)[0] ?? 0;
    if (length === 0) return undefined;
    const text = Buffer.from(new Uint8Array(this.#current, 8, length)).toString("utf8");
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }

  async end(): Promise<void> {
    this.alive = false;
    await this.#worker.terminate();
  }
}
