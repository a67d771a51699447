import type { Finding } from "./batch.ts";
import type { ProcessOptions } from "./batch-process.ts";
import { planOf } from "./plan.ts";
import { Runner } from "./runner.ts";
import { TARGETS, targetOf } from "./targets/index.ts";

export interface FuzzOptions extends ProcessOptions {
  readonly cases: number;
  readonly seed: number;
  /** The target's name; all of them unless given. */
  readonly only?: string | undefined;
  /** How many processes. */
  readonly processes: number;
  /** After so many findings the run ends. Default: 20. */
  readonly enough?: number;
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

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { cases, seed, only, processes, enough = 20 } = options;
  const targets = only === undefined ? TARGETS : [targetOf(only)];
  const plan = planOf(targets, cases, seed);
  const begun = performance.now();
  const byTarget = new Map<string, number>();
  const findings: Finding[] = [];
  let done = 0;
  const report = () => ({ cases: done, ms: performance.now() - begun, byTarget, findings });
  const work = async () => {
    const runner = new Runner(options);
    try {
      for (let batch = plan.shift(); batch !== undefined; batch = plan.shift()) {
        if (findings.length >= enough) return;
        const result = await runner.run(batch);
        done += result.cases;
        byTarget.set(batch.target, (byTarget.get(batch.target) ?? 0) + result.cases);
        findings.push(...result.findings);
        for (const finding of result.findings) options.onFinding?.(finding);
        options.onProgress?.(report());
      }
    } finally {
      await runner.end();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return report();
}
