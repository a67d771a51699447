import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RoundRobin } from "../../examples/fleet/round-robin.ts";
import { takeovers, violations } from "../chaos/checker.ts";
import { callAll, openClients, watch } from "../chaos/clients.ts";
import type { CallSeen, Entry, Seen } from "../chaos/history.ts";
import { Instance } from "../chaos/instances.ts";
import { type StoreName, startStore } from "../chaos/stores.ts";

export interface RollingOptions {
  readonly store: StoreName;
  readonly clients: number;
  /** How often each instance is restarted. */
  readonly rounds: number;
  readonly seed: number;
  /** How long a client waits at most before its next call, in milliseconds. */
  readonly pauseMs: number;
}

export interface RollingReport {
  readonly calls: number;
  /** Calls that were at work, or waited for their client, when an instance was told to end. */
  readonly during: number;
  /** Calls of clients with sessions that another instance ended than the one which had asked the client. */
  readonly handedOver: number;
  /** What clients were told, or met with, instead of a result. */
  readonly failed: readonly string[];
  /** What must never happen besides; see the checker of `e2e/chaos`. */
  readonly violations: readonly string[];
  /** How long each instance took to end, in milliseconds. */
  readonly drains: readonly number[];
  readonly codes: readonly (number | null)[];
}

/** How often the proxy asks whether an instance is ready, in milliseconds. */
const PROBE_MS = 100;
/** Long enough for several probes, also on a machine that has much else to do. */
const DRAIN_DELAY_MS = 1_000;
/** Longer than that, so that questions are open when an instance ends. */
const THINK_MS = 3_000;
const GRACE_MS = 20_000;
const INSTANCES = 3;

/** Restarts the instances of a fleet one after the other, again and again, while clients of both eras use it. */
export async function runRolling(options: RollingOptions): Promise<RollingReport> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-drain-"));
  const ledger = join(folder, "ledger");
  writeFileSync(ledger, "");
  const store = await startStore(options.store);
  // Nobody should have to notice that an instance has died.
  const args = ["--store", store.url, "--ledger", ledger, "--dead-after", "60000"];
  args.push("--drain-delay", String(DRAIN_DELAY_MS), "--grace", String(GRACE_MS));
  const instances: Instance[] = [];
  const gone = new AbortController();
  let proxy: RoundRobin | undefined;
  try {
    for (let count = 0; count < INSTANCES; count++) instances.push(await Instance.start(args));
    proxy = await RoundRobin.inFrontOf(instances.map(({ url }) => url));
    proxy.probe(PROBE_MS);
    const seen: Seen[] = [];
    const init = {
      url: proxy.url,
      seen,
      gone: gone.signal,
      patienceMs: 60_000,
      thinkMs: THINK_MS,
      retries: true,
    };
    const clients = await openClients(options.clients, init);
    let over = false;
    const calling = callAll(clients, options.seed, () => over, options.pauseMs);
    const drains: number[] = [];
    const codes: (number | null)[] = [];
    const during = new Set<Seen>();
    for (let nth = 0; nth < options.rounds * INSTANCES; nth++) {
      await pause(500);
      const instance = instances[nth % INSTANCES] as Instance;
      const { ms, code } = await instance.drain(() => {
        for (const call of seen) if (call.type === "call" && call.end === undefined) during.add(call);
      });
      drains.push(ms);
      codes.push(code);
      await instance.start();
      while (!proxy.sendsTo(instance.url)) await pause(PROBE_MS);
    }
    over = true;
    await calling;
    await watch(clients, seen);
    const lines = readFileSync(ledger, "utf8").split("\n").filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    const calls = seen.filter((each): each is CallSeen => each.type === "call");
    // Newer clients send such a call anew, to whatever instance.
    const asked = new Set(
      calls.filter(({ era, tool }) => era === "legacy" && tool === "ask").map(({ key }) => key),
    );
    return {
      calls: calls.length,
      during: during.size,
      handedOver: takeovers({ seen, ledger: entries.filter(({ key }) => asked.has(key)) }),
      failed: calls.flatMap(({ key, era, tool, end, text }) =>
        end === "result" ? [] : [`${key}, ${tool} of ${era}: ${end} ${text ?? ""}`],
      ),
      violations: violations({ seen, ledger: entries }),
      drains,
      codes,
    };
  } finally {
    gone.abort();
    proxy?.close();
    await Promise.all(instances.map((instance) => instance.kill()));
    await store.remove();
    rmSync(folder, { recursive: true });
  }
}
