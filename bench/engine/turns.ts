import { median } from "./statistics.ts";
import type { InTurns, Sample, Settings, Turn } from "./types.ts";

/** How long a turn takes, in seconds: many times what a server takes to find all that it needs in the caches again. */
const TURN_SECONDS = 0.1;

/**
 * So many times longer than others they are warmed up: what is done for one call in a hundred is compiled late, and costs several times
 * more until then.
 */
const WARMUP = 10;

/** A contestant of a run. */
export interface Taking {
  readonly contestant: InTurns;
  readonly turns: Turn[];
}

/** One run: all are warmed up, and then take turns, in another order each time. */
export async function takeTurns(takings: readonly Taking[], { seconds, warmup }: Settings): Promise<void> {
  // One waits no longer than its connections are kept.
  for (let warmed = 0; warmed < warmup * WARMUP; warmed += TURN_SECONDS) {
    for (const { contestant } of takings) await contestant.turn(TURN_SECONDS);
  }
  for (let measured = 0; measured < seconds; measured += TURN_SECONDS) {
    for (const { contestant, turns } of shuffled(takings)) turns.push(await contestant.turn(TURN_SECONDS));
  }
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** What a run's turns come to: the median of their rates, and of all what a request took. */
export function sampleOf(turns: readonly Turn[], rate: string, cpu: string): Sample {
  const sum = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0);
  const [requests, seconds] = [sum((turn) => turn.requests), sum((turn) => turn.seconds)];
  const serverSeconds = sum((turn) => turn.serverSeconds);
  return {
    values: {
      [rate]: median(turns.map((turn) => turn.requests / turn.seconds)),
      [cpu]: (serverSeconds * 1e6) / requests,
    },
    busy: { server: serverSeconds / seconds, load: sum((turn) => turn.loadSeconds) / seconds },
  };
}
