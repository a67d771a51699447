import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PostgresServer } from "../stores/postgres-server.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";
import { HttpClient } from "./http-client.ts";

interface Machine {
  readonly url: string;
  readonly child: Child;
}

const folder = mkdtempSync(join(tmpdir(), "slipway-fleet-"));
const stores: { name: string; open: () => Promise<string> }[] = [];
let redis: RedisServer | undefined;
let postgres: PostgresServer | undefined;

stores.push(
  {
    name: "Redis",
    open: async () => {
      redis ??= await RedisServer.start();
      return redis.url;
    },
  },
  {
    name: "Postgres",
    open: async () => {
      postgres ??= await PostgresServer.make();
      return postgres.url;
    },
  },
  { name: "SQLite", open: async () => `sqlite:${join(folder, "fleet.db")}` },
);

afterAll(async () => {
  await redis?.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

let ledgers = 0;

/** The entries of a ledger that belong to one transfer. */
function booked(ledger: string, id: string): string[] {
  return readFileSync(ledger, "utf8")
    .split("\n")
    .filter((line) => line.endsWith(` ${id}`))
    .map((line) => line.split(" ")[0] ?? "");
}

describe.each(stores)("machines over $name", ({ open }) => {
  let store = "";
  beforeAll(async () => {
    store = await open();
  });

  async function start(ledger: string): Promise<Machine> {
    const child = new Child("examples/fleet/serve.ts", ["--store", store, "--port", "0"], { LEDGER: ledger });
    onTestFinished(() => void child.stop("SIGKILL"));
    const [, url = ""] = await child.says(/Serving at (\S+),/);
    return { url, child };
  }

  const newLedger = () => join(folder, `ledger-${++ledgers}`);

  test("kill -9 of the machine that waits for the user: another goes on, each step done once", async () => {
    const ledger = newLedger();
    const [a, b, c] = [await start(ledger), await start(ledger), await start(ledger)];
    const client = await HttpClient.open(a.url);
    const stream = await client.call(a.url, "transfer", { id: "t1", amount: 5 });
    const first = await stream.next();
    expect(first?.message.method).toBe("elicitation/create");
    await a.child.stop("SIGKILL");
    expect(await stream.rest()).toEqual([]);

    expect(await client.answer(b.url, first?.message.id, true)).toBe(202);
    const resumed = await client.resume(c.url, stream.lastId);
    const second = await resumed.next();
    expect(second?.message.params?.message).toBe("Really move 5?");
    expect(await client.answer(c.url, second?.message.id, true)).toBe(202);
    const rest = await resumed.rest();
    expect(rest.map(({ result }) => result?.content?.[0]?.text)).toEqual(["t1: moved"]);
    expect(booked(ledger, "t1")).toEqual(["reserve", "take", "give"]);
  }, 60_000);

  test("kill -9 of the machine that works: the client finds a clear error on resuming, and no event twice", async () => {
    const ledger = newLedger();
    const [a, b] = [await start(ledger), await start(ledger)];
    const client = await HttpClient.open(a.url);
    const stream = await client.call(a.url, "report", { to: 500, everyMs: 20 }, 0);
    const seen: number[] = [];
    while (seen.length < 10) seen.push((await stream.next())?.message.params?.progress ?? -1);
    await a.child.stop("SIGKILL");
    for (const { params } of await stream.rest()) seen.push(params?.progress ?? -1);
    const resumed = await client.resume(b.url, stream.lastId);
    const rest = await resumed.rest();
    for (const { params } of rest.slice(0, -1)) seen.push(params?.progress ?? -1);
    expect(rest.at(-1)?.error?.message).toMatch(/instance that served this request is gone/);
    expect(seen).toEqual(seen.map((_, index) => index + 1));
  }, 60_000);

  test("a stream that was cut is followed on another machine, each event once and in order", async () => {
    const ledger = newLedger();
    const [a, b] = [await start(ledger), await start(ledger)];
    const client = await HttpClient.open(b.url);
    const stream = await client.call(a.url, "report", { to: 60, everyMs: 10 }, 7);
    const seen: number[] = [];
    while (seen.length < 10) seen.push((await stream.next())?.message.params?.progress ?? -1);
    stream.cut();
    const resumed = await client.resume(b.url, stream.lastId);
    const rest = await resumed.rest();
    for (const { params } of rest.slice(0, -1)) seen.push(params?.progress ?? -1);
    expect(rest.at(-1)?.result?.content?.[0]?.text).toBe("Counted to 60.");
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  }, 60_000);

  test("answers reach the call that waits, whichever machine they are sent to, once", async () => {
    const ledger = newLedger();
    const machines = [await start(ledger), await start(ledger), await start(ledger)] as const;
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const at = (step: number) => (machines[(index + step) % 3] as Machine).url;
        const client = await HttpClient.open(at(0));
        const id = `n${index}`;
        const stream = await client.call(at(1), "transfer", { id, amount: 1 });
        const first = await stream.next();
        // Twice at once, to two machines: only one of them counts.
        await Promise.all([
          client.answer(at(2), first?.message.id, true),
          client.answer(at(0), first?.message.id, true),
        ]);
        const second = await stream.next();
        await client.answer(at(0), second?.message.id, true);
        const rest = await stream.rest();
        expect(rest.map(({ result }) => result?.content?.[0]?.text)).toEqual([`${id}: moved`]);
        expect(booked(ledger, id)).toEqual(["reserve", "take", "give"]);
      }),
    );
  }, 60_000);

  test("DELETE on one machine ends the session's streams and calls on all", async () => {
    const ledger = newLedger();
    const [a, b] = [await start(ledger), await start(ledger)];
    const client = await HttpClient.open(a.url);
    const stream = await client.call(a.url, "report", { to: 1000, everyMs: 50 }, 1);
    await stream.next();
    expect(await client.delete(b.url)).toBe(204);
    expect((await stream.rest()).some(({ result }) => result !== undefined)).toBe(false);
    expect((await client.post(a.url, { id: 99, method: "ping" })).status).toBe(404);
  }, 60_000);
});
