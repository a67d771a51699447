import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RoundRobin } from "../../examples/fleet/round-robin.ts";
import { takeovers, unknowable, violations } from "./checker.ts";
import { callAll, openClients, watch } from "./clients.ts";
import type { Fault } from "./faults.ts";
import type { CallSeen, Entry, History, Seen } from "./history.ts";
import { Instance } from "./instances.ts";
import type { LegacyClient } from "./legacy-client.ts";
import { randomFrom } from "./random.ts";
import { type StoreName, type StoreServer, startStore } from "./stores.ts";

export interface ChaosOptions {
  readonly store: StoreName;
  readonly instances: number;
  readonly clients: number;
  /** How long clients begin new calls, and things are broken; longer where not all was broken by then that is to be. */
  readonly seconds: number;
  readonly seed: number;
  /** How often the store goes away or hangs, in milliseconds. Default: half of the time, 15,000 at least. */
  readonly outageEveryMs?: number;
  /** What is to be broken once at least, however slow the machine is. Default: nothing. */
  readonly atLeastOnce?: readonly (keyof Counts)[];
  /** How long clients go on until they give a call up, in milliseconds. Default: 60,000. */
  readonly patienceMs?: number;
  /** What is spoilt on purpose. */
  readonly fault?: Fault;
}

export interface ChaosReport {
  readonly calls: number;
  /** How calls ended. */
  readonly ends: { readonly [end: string]: number };
  /** What clients were told instead of a result, and how often. */
  readonly errors: { readonly [text: string]: number };
  readonly events: number;
  readonly kills: number;
  readonly cuts: number;
  /** How often the store went away, and how often it hung. */
  readonly outages: number;
  readonly hangs: number;
  readonly takeovers: number;
  /** Steps done twice as their process ended before it could say that they were done. */
  readonly unknowable: number;
  readonly trials: number;
  readonly violations: readonly string[];
}

/** Lets clients call a fleet, of which machines, connections and the store are broken all the time. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-chaos-"));
  const ledger = join(folder, "ledger");
  writeFileSync(ledger, "");
  const store = await startStore(options.store);
  const args = ["--store", store.url, "--ledger", ledger];
  if (options.fault !== undefined) args.push("--break", options.fault);
  const instances: Instance[] = [];
  const gone = new AbortController();
  let proxy: RoundRobin | undefined;
  try {
    // The first makes the schema.
    instances.push(await Instance.start(args));
    const others = Array.from({ length: options.instances - 1 }, () => Instance.start(args));
    instances.push(...(await Promise.all(others)));
    proxy = await RoundRobin.inFrontOf(instances.map(({ url }) => url));
    const seen: Seen[] = [];
    const { clients, patienceMs = 60_000 } = options;
    const init = { url: proxy.url, seen, gone: gone.signal, patienceMs };
    const { legacy, modern } = await openClients(clients, init);
    const counts: Counts = { kills: 0, cuts: 0, outages: 0, hangs: 0 };
    const begun = Date.now();
    const isOver = () =>
      Date.now() > begun + options.seconds * 1000 &&
      (options.atLeastOnce ?? []).every((kind) => counts[kind] > 0);
    const breaking = breakThings(options, { instances, proxy, store, counts }, begun, isOver);
    await callAll({ legacy, modern }, options.seed, isOver);
    await breaking;
    await watch({ legacy, modern }, seen);
    await tryOthers(legacy);
    const entries = readFileSync(ledger, "utf8").split("\n").filter(Boolean);
    const report = reportOf({ seen, ledger: entries.map((line) => JSON.parse(line) as Entry) }, counts);
    const ended = instances.flatMap(({ faults }) =>
      faults.map((fault) => `an instance ended by itself: ${fault}`),
    );
    return { ...report, violations: [...report.violations, ...ended] };
  } finally {
    gone.abort();
    proxy?.close();
    await Promise.all(instances.map((instance) => instance.kill()));
    await store.remove();
    rmSync(folder, { recursive: true });
  }
}

interface Breakable {
  readonly instances: readonly Instance[];
  readonly proxy: RoundRobin;
  readonly store: StoreServer;
  readonly counts: Counts;
}

interface Counts {
  kills: number;
  cuts: number;
  outages: number;
  hangs: number;
}

/** Cuts connections often, kills machines now and then, and stops the store or lets it hang, in turn. */
async function breakThings(
  { seed, seconds, outageEveryMs = Math.max(15_000, seconds * 500) }: ChaosOptions,
  { instances, proxy, store, counts }: Breakable,
  begun: number,
  isOver: () => boolean,
): Promise<void> {
  const random = randomFrom(seed + 1_000_000);
  const restarts: Promise<void>[] = [];
  const away = new Set<Instance>();
  let outageAt = begun + Math.min(outageEveryMs / 2, (seconds * 1000) / 3);
  while (!isOver()) {
    await pause(200 + random() * 600);
    if (Date.now() > outageAt) {
      const hangs = counts.hangs < counts.outages;
      if (hangs) store.pause();
      else await store.stop();
      await pause(1_000 + random() * 2_000);
      if (hangs) store.resume();
      else await store.start();
      counts[hangs ? "hangs" : "outages"]++;
      // From now on, since on a slow machine nothing else would come to pass.
      outageAt = Date.now() + outageEveryMs;
    } else if (random() < 0.6) {
      counts.cuts += proxy.cut(() => random() < 0.5);
    } else {
      const alive = instances.filter((instance) => !away.has(instance));
      const victim = alive[Math.floor(random() * alive.length)];
      if (victim === undefined || alive.length <= 2) continue;
      away.add(victim);
      counts.kills++;
      await victim.kill();
      restarts.push(victim.start().then(() => void away.delete(victim)));
    }
  }
  await Promise.all(restarts);
}

/** Each tries what is the next one's, who is somebody else. */
async function tryOthers(clients: readonly LegacyClient[]): Promise<void> {
  await Promise.all(
    clients.map(async (client, index) => {
      const next = clients[(index + 1) % clients.length];
      if (next !== undefined && next.subject !== client.subject) await client.tryAt(next);
    }),
  );
}

function reportOf(history: History, counts: Counts): ChaosReport {
  const calls = history.seen.filter((each): each is CallSeen => each.type === "call");
  return {
    ...counts,
    calls: calls.length,
    ends: tally(calls.map(({ end }) => end ?? "never")),
    errors: tally(
      calls.flatMap(({ end, text = "" }) => (end === "error" ? [text.replace(/"id":\d+,/, "")] : [])),
    ),
    events: calls.reduce((sum, { progress }) => sum + progress.length, 0),
    takeovers: takeovers(history),
    unknowable: unknowable(history),
    trials: history.seen.filter(({ type }) => type === "trial").length,
    violations: violations(history),
  };
}

function tally(texts: readonly string[]): { [text: string]: number } {
  const counts: { [text: string]: number } = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
