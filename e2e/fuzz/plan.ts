import type { Target } from "./target.ts";

/** Some cases of one target that run together. */
export interface BatchPlan {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  /** The case, where it need not be generated. */
  readonly one?: unknown;
}

/** Small enough that a finding is soon run again, large enough that a server need not be made for each case. */
const BATCH = 1_000;

/** Deals cases out to the targets, by their shares. What comes out is the same for the same seed. */
export function planOf(targets: readonly Target<never>[], cases: number, seed: number): BatchPlan[] {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const lists = targets.map(({ name, share }) => {
    const own = Math.max(1, Math.ceil((cases * share) / shares));
    return Array.from({ length: Math.ceil(own / BATCH) }, (_, nth) => ({
      target: name,
      seed: mixed(seed, name, nth),
      cases: Math.min(BATCH, own - nth * BATCH),
    }));
  });
  // By turns, so that whoever stops early has had something of each.
  const longest = Math.max(...lists.map(({ length }) => length));
  const plan: BatchPlan[] = [];
  for (let round = 0; round < longest; round++) {
    for (const list of lists) {
      const from = Math.floor((round * list.length) / longest);
      const to = Math.floor(((round + 1) * list.length) / longest);
      plan.push(...list.slice(from, to));
    }
  }
  return plan;
}

/** A seed of 31 bits for one batch, by FNV-1a. */
function mixed(seed: number, name: string, nth: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed} ${name} ${nth}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 1;
}
