import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RoundRobin } from "../../examples/fleet/round-robin.ts";
import { takeovers, unknowable, violations } from "./checker.ts";
import type { Fault } from "./faults.ts";
import type { CallSeen, Entry, History, Seen } from "./history.ts";
import { Instance } from "./instances.ts";
import { LegacyClient } from "./legacy-client.ts";
import { ModernClient } from "./modern-client.ts";
import { randomFrom } from "./random.ts";
import { type StoreName, startStore } from "./stores.ts";

export interface ChaosOptions {
  readonly store: StoreName;
  readonly instances: number;
  readonly clients: number;
  /** How long clients begin new calls, and things are broken. */
  readonly seconds: number;
  readonly seed: number;
  /** How often the store goes away, in milliseconds. Default: half of the time, 15,000 at least. */
  readonly outageEveryMs?: number;
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
  readonly outages: number;
  readonly takeovers: number;
  /** Steps done twice as their process ended before it could say that they were done. */
  readonly unknowable: number;
  readonly trials: number;
  readonly violations: readonly string[];
}

const SUBJECTS = ["ann", "bob", "cleo"];
const TOLD_WITHIN_MS = 30_000;

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
    const { legacy, modern } = await openClients(options, proxy.url, seen, gone.signal);
    const counts = { kills: 0, cuts: 0, outages: 0 };
    const until = Date.now() + options.seconds * 1000;
    const breaking = breakThings(options, { instances, proxy, store, counts }, until);
    const calling = [
      ...legacy.map((client, index) => callAsLegacy(client, index, legacy, options, until)),
      ...modern.map((client, index) => callAsModern(client, index, options, until)),
    ];
    await Promise.all(calling);
    await breaking;
    await watch(legacy, seen);
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

/** Two of three keep sessions. */
async function openClients(options: ChaosOptions, url: string, seen: Seen[], gone: AbortSignal) {
  const legacy: LegacyClient[] = [];
  const modern: ModernClient[] = [];
  for (let index = 0; index < options.clients; index++) {
    const subject = SUBJECTS[index % SUBJECTS.length] ?? "";
    const init = { url, subject, seen, gone, patienceMs: options.patienceMs ?? 60_000 };
    if (index % 3 === 2) modern.push(new ModernClient(init));
    else legacy.push(new LegacyClient(init));
  }
  await Promise.all(legacy.map((client) => client.open()));
  return { legacy, modern };
}

async function callAsLegacy(
  client: LegacyClient,
  index: number,
  all: readonly LegacyClient[],
  { seed }: ChaosOptions,
  until: number,
): Promise<void> {
  const random = randomFrom(seed + index);
  for (let nth = 0; Date.now() < until; nth++) {
    const key = `l${index}.${nth}`;
    const dice = random();
    if (dice < 0.5) await client.call(key, "count", 5 + Math.floor(random() * 30));
    else if (dice < 0.95) await client.call(key, "ask", 0);
    else {
      const other = all[Math.floor(random() * all.length)];
      if (other !== undefined && other.subject !== client.subject) await client.tryAt(other);
    }
    await pause(random() * 200);
  }
}

async function callAsModern(
  client: ModernClient,
  index: number,
  { seed }: ChaosOptions,
  until: number,
): Promise<void> {
  const random = randomFrom(seed - 1 - index);
  for (let nth = 0; Date.now() < until; nth++) {
    const key = `m${index}.${nth}`;
    const dice = random();
    if (dice < 0.3) await client.call(key, "count", 5 + Math.floor(random() * 30));
    else await client.call(key, dice < 0.6 ? "ask" : "work", 0);
    await pause(random() * 200);
  }
}

interface Breakable {
  readonly instances: readonly Instance[];
  readonly proxy: RoundRobin;
  readonly store: { stop(): Promise<void>; start(): Promise<void> };
  readonly counts: { kills: number; cuts: number; outages: number };
}

/** Cuts connections often, kills machines now and then, and takes the store away once or twice. */
async function breakThings(
  { seed, seconds, outageEveryMs = Math.max(15_000, seconds * 500) }: ChaosOptions,
  { instances, proxy, store, counts }: Breakable,
  until: number,
): Promise<void> {
  const random = randomFrom(seed + 1_000_000);
  const restarts: Promise<void>[] = [];
  const away = new Set<Instance>();
  const begun = until - seconds * 1000;
  let outageAt = begun + Math.min(outageEveryMs / 2, (seconds * 1000) / 3);
  while (Date.now() < until) {
    await pause(200 + random() * 600);
    if (Date.now() > outageAt) {
      outageAt += outageEveryMs;
      counts.outages++;
      await store.stop();
      await pause(1_000 + random() * 1_500);
      await store.start();
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

/** Changes something when all is quiet again: every session that watches it is told, wherever it listens. */
async function watch(clients: readonly LegacyClient[], seen: Seen[]): Promise<void> {
  const before = clients.map(({ changes }) => changes);
  const told = () => clients.every(({ changes }, index) => changes > (before[index] ?? 0));
  for (const deadline = Date.now() + TOLD_WITHIN_MS; !told() && Date.now() < deadline; await pause(500))
    await clients[0]?.touch();
  for (const [index, { subject, changes }] of clients.entries())
    seen.push({ type: "watch", subject, told: changes > (before[index] ?? 0) });
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

function reportOf(
  history: History,
  counts: { readonly kills: number; readonly cuts: number; readonly outages: number },
): ChaosReport {
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
