import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HttpClient } from "../fleet/http-client.ts";
import { MODERN, RawClient } from "../runtimes/client.ts";
import { durableWorkers } from "../support/workers.ts";

const NAMES = ["first", "second", "third"] as const;
const bindings = { SECRET: randomBytes(32).toString("hex") };

describe("Workers over Durable Objects", () => {
  let workers: Miniflare;
  let base: URL;
  beforeAll(async () => {
    workers = await durableWorkers("../cloudflare/bank.ts", NAMES, { bindings });
    base = await workers.ready;
  });
  afterAll(() => workers.dispose());

  const at = (name: (typeof NAMES)[number]) => new URL(`${name}/mcp`, base).href;
  const [a, b, c] = NAMES;
  const told = async (what: string) => (await fetch(new URL(`first/${what}`, base))).json();
  const booked = async (id: string): Promise<string[]> => {
    const ledgers = NAMES.map(async (name) => (await fetch(new URL(`${name}/ledger`, base))).json());
    return ((await Promise.all(ledgers)) as string[][])
      .flat()
      .filter((entry) => entry.endsWith(` ${id}`))
      .map((entry) => entry.split(" ")[0] ?? "");
  };
  const kill = async (name: (typeof NAMES)[number]) => {
    await fetch(new URL(`${name}/kill`, base));
  };

  test("answers reach the call that waits, whichever Worker they are sent to, once", async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const turn = (step: number) => at(NAMES[(index + step) % 3] ?? a);
        const client = await HttpClient.open(turn(0));
        const id = `n${index}`;
        const stream = await client.call(turn(1), "transfer", { id });
        const first = await stream.next();
        // Twice at once, to two Workers: only one of them counts.
        await Promise.all([
          client.answer(turn(2), first?.message.id, true),
          client.answer(turn(0), first?.message.id, true),
        ]);
        const second = await stream.next();
        expect(await client.answer(turn(0), second?.message.id, true)).toBe(202);
        const rest = await stream.rest();
        expect(rest.map(({ result }) => result?.content?.[0]?.text)).toEqual([`${id}: moved`]);
        expect(await booked(id)).toEqual(["reserve", "take", "give"]);
      }),
    );
  });

  test("a stream that was cut is followed on another Worker, each event once and in order", async () => {
    const client = await HttpClient.open(at(b));
    const stream = await client.call(at(a), "report", { to: 60, everyMs: 10 }, 7);
    const seen: number[] = [];
    while (seen.length < 10) seen.push((await stream.next())?.message.params?.progress ?? -1);
    stream.cut();
    const resumed = await client.resume(at(b), stream.lastId);
    const rest = await resumed.rest();
    for (const { params } of rest.slice(0, -1)) seen.push(params?.progress ?? -1);
    expect(rest.at(-1)?.result?.content?.[0]?.text).toBe("Counted to 60.");
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("DELETE on one Worker ends the session's streams and calls on all", async () => {
    const client = await HttpClient.open(at(a));
    const stream = await client.call(at(a), "report", { to: 1000, everyMs: 50 }, 1);
    await stream.next();
    expect(await client.delete(at(b))).toBe(204);
    expect((await stream.rest()).some(({ result }) => result !== undefined)).toBe(false);
    expect((await client.post(at(a), { id: 99, method: "ping" })).status).toBe(404);
  });

  test("changes on one Worker reach those who listen on another, of both eras", async () => {
    const legacy = await RawClient.initialized(at(a));
    await legacy.result("resources/subscribe", { uri: "note:///one" });
    const stream = await legacy.get();
    const modern = new RawClient(at(b), MODERN);
    const listening = await modern.request("subscriptions/listen", {
      notifications: { resourceSubscriptions: ["note:///one"] },
    });
    expect((await listening.next())?.method).toBe("notifications/subscriptions/acknowledged");
    expect(await new RawClient(at(c), MODERN).text("touch", { uri: "note:///one" })).toBe("told");
    for (const reply of [stream, listening]) {
      expect(await reply.next()).toMatchObject({
        method: "notifications/resources/updated",
        params: { uri: "note:///one" },
      });
      reply.cut();
    }
  });

  test("values of sessions and of handles are changed in one step, whichever Workers change them", async () => {
    const legacy = await RawClient.initialized(at(a));
    const modern = new RawClient(at(a), MODERN);
    const counter = await modern.text("open_counter");
    const counts = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const url = at(NAMES[index % 3] ?? a);
        const same = new RawClient(url, legacy.revision);
        same.sessionId = legacy.sessionId;
        return [await same.text("count"), await new RawClient(url, MODERN).text("count_on", { counter })];
      }),
    );
    for (const which of [0, 1]) {
      const found = counts.map((each) => Number(each[which])).sort((one, other) => one - other);
      expect(found).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    }
  });

  test("when the Worker that waits for the user is killed, another goes on, each step done once", async () => {
    const client = await HttpClient.open(at(a));
    const stream = await client.call(at(a), "transfer", { id: "t1" });
    const first = await stream.next();
    expect(first?.message.method).toBe("elicitation/create");
    await kill(a);
    expect(await stream.rest()).toEqual([]);
    expect(await client.answer(at(b), first?.message.id, true)).toBe(202);
    const resumed = await client.resume(at(c), stream.lastId);
    const second = await resumed.next();
    expect(second?.message.params?.message).toBe("Really move it?");
    expect(await client.answer(at(c), second?.message.id, true)).toBe(202);
    const rest = await resumed.rest();
    expect(rest.map(({ result }) => result?.content?.[0]?.text)).toEqual(["t1: moved"]);
    expect(await booked("t1")).toEqual(["reserve", "take", "give"]);
  });

  test("when a Worker is killed at work, the client finds a clear error on resuming, and no event twice", async () => {
    const client = await HttpClient.open(at(a));
    const stream = await client.call(at(a), "report", { to: 500, everyMs: 20 }, 0);
    const seen: number[] = [];
    while (seen.length < 10) seen.push((await stream.next())?.message.params?.progress ?? -1);
    await kill(a);
    for (const { params } of await stream.rest()) seen.push(params?.progress ?? -1);
    const resumed = await client.resume(at(b), stream.lastId);
    const rest = await resumed.rest();
    for (const { params } of rest.slice(0, -1)) seen.push(params?.progress ?? -1);
    expect(rest.at(-1)?.error?.message).toMatch(/instance that served this request is gone/);
    expect(seen).toEqual(seen.map((_, index) => index + 1));
  });

  test("a task that one Worker began goes on at those that receive its answers", async () => {
    const { taskId } = await task(at(a), "tools/call", { name: "transfer_later", arguments: { id: "t3" } });
    for (const name of [b, c]) {
      const asking = await taskUntil(at(a), taskId, "input_required");
      const [key = ""] = Object.keys(asking.inputRequests);
      const inputResponses = { [key]: { action: "accept", content: { sure: true } } };
      await task(at(name), "tasks/update", { taskId, inputResponses });
    }
    const done = await taskUntil(at(a), taskId, "completed");
    expect(done.result.content[0].text).toBe("t3: moved");
    expect((await booked("t3")).sort()).toEqual(["give", "reserve", "take"]);
  });

  test("a task of a Worker that is killed goes on where somebody listens", async () => {
    const stream = await (await RawClient.initialized(at(b))).get();
    const work = { name: "report_later", arguments: { to: 10, everyMs: 50 } };
    const { taskId } = await task(at(a), "tools/call", work);
    await kill(a);
    const done = await taskUntil(at(c), taskId, "completed");
    expect(done.result.content[0].text).toBe("Counted to 10.");
    stream.cut();
  });

  test("leaves no connection to an object open when all requests have ended", async () => {
    await vi.waitFor(async () => expect(await told("connections")).toBe(0), {
      timeout: 5_000,
      interval: 100,
    });
  });
});

test("sessions, events and waiting calls outlive all Workers, and the objects' memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-durable-"));
  try {
    const before = await durableWorkers("../cloudflare/bank.ts", ["first"], { bindings, persistIn: folder });
    const url = async (workers: Miniflare) => new URL("first/mcp", await workers.ready).href;
    const client = await HttpClient.open(await url(before));
    const stream = await client.call(await url(before), "transfer", { id: "t2" });
    const question = await stream.next();
    await before.dispose();

    const after = await durableWorkers("../cloudflare/bank.ts", ["first"], { bindings, persistIn: folder });
    try {
      expect(await client.answer(await url(after), question?.message.id, true)).toBe(202);
      const resumed = await client.resume(await url(after), stream.lastId);
      const second = await resumed.next();
      expect(second?.message.params?.message).toBe("Really move it?");
      await client.answer(await url(after), second?.message.id, true);
      const rest = await resumed.rest();
      expect(rest.map(({ result }) => result?.content?.[0]?.text)).toEqual(["t2: moved"]);
    } finally {
      await after.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What a client of 2026-07-28 sends that knows tasks. */
async function task(
  url: string,
  method: string,
  params: { name?: string; taskId?: string; [key: string]: unknown },
) {
  const client = new RawClient(url, MODERN);
  const extensions = { "io.modelcontextprotocol/tasks": {} };
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": { elicitation: {}, extensions },
  };
  const reply = await client.post(
    { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } },
    { "mcp-method": method, "mcp-name": params.name ?? params.taskId ?? "" },
  );
  const { result, error } = await reply.answer();
  if (error !== undefined) throw new Error(error.message);
  return result;
}

async function taskUntil(url: string, taskId: string, status: string) {
  return vi.waitFor(
    async () => {
      const found = await task(url, "tasks/get", { taskId });
      expect(found.status).toBe(status);
      return found;
    },
    { timeout: 15_000, interval: 50 },
  );
}
