import type { Busy } from "./types.ts";

const GENERATOR_FULL = 0.95;
const SERVER_FULL = 0.9;

/** Whether a run shows what the load generator can do rather than the server. */
export function generatorWasBottleneck({ load, server }: Busy): boolean {
  return load > GENERATOR_FULL && server < SERVER_FULL;
}

/** Why a row does not count, if it does not: most of its runs show the load generator. */
export function exclusion(runs: readonly Busy[]): string | undefined {
  const bound = runs.filter(generatorWasBottleneck).length;
  return bound * 2 > runs.length ? "the load generator was the bottleneck" : undefined;
}
