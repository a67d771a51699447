import { setTimeout as delay } from "node:timers/promises";
import { exclusion } from "./bottleneck.ts";
import { watchCores } from "./cpu.ts";
import type { Row, Summary, TableResult } from "./results.ts";
import { median, pairedRatio, summarise } from "./statistics.ts";
import { sampleOf, type Taking, takeTurns } from "./turns.ts";
import type { Busy, Contestant, Running, Sample, Settings, Table } from "./types.ts";

/** What became of a contestant. */
interface Entry {
  readonly contestant: Contestant;
  readonly samples: Sample[];
  running?: Running;
  error?: string;
}

/** Measures all contestants of a table, in turns: A B C A B C … */
export async function measure(
  table: Table,
  contestants: readonly Contestant[],
  settings: Settings,
): Promise<TableResult> {
  const disturbance = await disturbanceNow();
  const entries: Entry[] = contestants.map((contestant) => ({ contestant, samples: [] }));
  try {
    if (table.startTurns !== undefined) await measureTurns(table, entries, settings);
    else await measureRuns(table, entries, settings);
  } finally {
    for (const { running } of entries) await running?.stop();
    process.stderr.write("\n");
  }
  const { name, title, metrics, target } = table;
  const baseline = contestants[0]?.name ?? "";
  return { name, title, metrics, baseline, target, rows: rowsOf(table, entries), disturbance };
}

async function measureRuns(table: Table, entries: readonly Entry[], settings: Settings): Promise<void> {
  for (const entry of entries) {
    await attempt(entry, async () => {
      entry.running = await table.start(entry.contestant, settings);
    });
  }
  const [bare] = entries;
  if (bare !== undefined) await attempt(bare, async () => compareBodies(entries));
  for (let round = 0; round < settings.runs; round++) {
    for (const entry of entries) {
      await attempt(entry, async () => {
        if (entry.running !== undefined) entry.samples.push(await entry.running.run());
      });
    }
    process.stderr.write(".");
  }
}

async function measureTurns(table: Table, entries: readonly Entry[], settings: Settings): Promise<void> {
  const [rate, cpu] = table.metrics.map(({ name }) => name) as [string, string];
  for (let run = 0; run < settings.runs; run++) {
    const takings: (Taking & { readonly entry: Entry })[] = [];
    try {
      for (const entry of entries) {
        await attempt(entry, async () => {
          const contestant = await table.startTurns?.(entry.contestant);
          if (contestant !== undefined) takings.push({ entry, contestant, turns: [] });
        });
      }
      await takeTurns(takings, settings);
      for (const { entry, turns } of takings) entry.samples.push(sampleOf(turns, rate, cpu));
    } finally {
      for (const { contestant } of takings) await contestant.stop();
    }
    process.stderr.write(".");
  }
}

/** The bare limit has to send what Slipway sends, byte for byte, lest less work be called the limit. */
function compareBodies(entries: readonly Entry[]): void {
  const bodyOf = (name: string) => {
    const body = entries.find(({ contestant }) => contestant.name === name)?.running?.body;
    // Ids of events are random.
    return body?.replaceAll(/^id: .*$/gm, (line) => `id: ${"·".repeat(line.length)}`);
  };
  const [bare, slipway] = [bodyOf("bare"), bodyOf("slipway")];
  if (bare === undefined || slipway === undefined || bare === slipway) return;
  throw new Error(
    `It must send what Slipway sends, so contestants/bare is to be changed. It sends ${bare.slice(0, 400)} ` +
      `and Slipway ${slipway.slice(0, 400)}`,
  );
}

/** A contestant that fails takes no further part. */
async function attempt(entry: Entry, work: () => Promise<void>): Promise<void> {
  if (entry.error !== undefined) return;
  try {
    await work();
  } catch (error) {
    entry.error = error instanceof Error ? error.message : String(error);
    await entry.running?.stop();
    delete entry.running;
  }
}

/** How busy the machine is while nothing is measured. */
async function disturbanceNow(): Promise<number> {
  const stop = watchCores();
  await delay(1000);
  return Math.max(0, ...stop());
}

function rowsOf(table: Table, entries: readonly Entry[]): Row[] {
  const first = table.metrics[0].name;
  const baseline = entries[0] === undefined ? [] : valuesOf(entries[0], first);
  return entries.map((entry) => {
    const { contestant, error, samples } = entry;
    const head = { contestant: contestant.name, version: contestant.version };
    if (error !== undefined) return { ...head, metrics: {}, error };
    const metrics = table.metrics.map(({ name }): [string, Summary] => [
      name,
      summarise(valuesOf(entry, name)),
    ]);
    const busy = samples.map((sample) => sample.busy).filter((one) => one !== undefined);
    const values = valuesOf(entry, first);
    return {
      ...head,
      metrics: Object.fromEntries(metrics),
      ratio: baseline.length === values.length ? pairedRatio(values, baseline) : undefined,
      excluded: samples.find(({ invalid }) => invalid !== undefined)?.invalid ?? exclusion(busy),
      busy: busy.length === 0 ? undefined : medianBusy(busy),
    };
  });
}

function valuesOf(entry: Entry, metric: string): number[] {
  return entry.samples.map(({ values }) => values[metric] ?? Number.NaN);
}

function medianBusy(runs: readonly Busy[]): Busy {
  return { load: median(runs.map(({ load }) => load)), server: median(runs.map(({ server }) => server)) };
}
