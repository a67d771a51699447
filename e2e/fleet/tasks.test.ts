import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Entry } from "../chaos/history.ts";
import { Instance } from "../chaos/instances.ts";
import { STORES, type StoreServer, startStore } from "../chaos/stores.ts";

const CAPABILITIES = { elicitation: {}, extensions: { "io.modelcontextprotocol/tasks": {} } };
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
};

// biome-ignore lint/suspicious/noExplicitAny: results of any kind
type Result = any;

async function post(
  { url }: Instance,
  subject: string,
  headers: Record<string, string>,
  message: object,
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${subject}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

/** What a client of 2026-07-28 gets. */
async function modern(at: Instance, method: string, name: string, params: object): Promise<Result> {
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": name };
  const response = await post(at, "ann", headers, { id: 1, method, params: { ...params, _meta: META } });
  return ((await response.json()) as Result).result;
}

const start = async (at: Instance, name: string, key: string): Promise<string> =>
  (await modern(at, "tools/call", name, { name, arguments: { key } })).taskId;

async function taskThatIs(at: Instance, taskId: string, status: string): Promise<Result> {
  let task: Result;
  const look = async () => {
    task = await modern(at, "tasks/get", taskId, { taskId });
    return task.status;
  };
  await expect.poll(look, { timeout: 20_000, interval: 20 }).toBe(status);
  return task;
}

/** A session of 2025-11-25, whose requests go wherever they are sent. */
async function openSession(at: Instance, subject: string) {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  const opened = await post(at, subject, {}, { id: 0, method: "initialize", params });
  const headers = {
    "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  await opened.text();
  return async (to: Instance, method: string, request: object): Promise<Result> => {
    const response = await post(to, subject, headers, { id: 1, method, params: request });
    return response.json();
  };
}

describe.each(STORES)("tasks of processes over %s", (name) => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tasks-"));
  const ledger = join(folder, "ledger");
  let store: StoreServer;
  const instances: Instance[] = [];

  beforeAll(async () => {
    writeFileSync(ledger, "");
    store = await startStore(name);
    const args = ["--store", store.url, "--ledger", ledger, "--dead-after", "500"];
    // The first makes the schema.
    instances.push(await Instance.start(args));
    instances.push(...(await Promise.all([Instance.start(args), Instance.start(args)])));
  });

  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await store?.remove();
    rmSync(folder, { recursive: true });
  });

  /** What steps have done for a call, and which process did it. */
  function effects(key: string): [step: string, pid: number][] {
    const lines = readFileSync(ledger, "utf8").split("\n").filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    const own = entries.filter((entry) => entry.key === key && entry.what === "effect");
    return own.map(({ step, pid }) => [step, pid]);
  }

  test("a task whose process is killed goes on in another from its journal, and its client sees the result", async () => {
    const [a, b] = instances as [Instance, Instance, Instance];
    const taskId = await start(a, "held", "killed");
    expect((await taskThatIs(b, taskId, "working")).taskId).toBe(taskId);
    await expect.poll(() => effects("killed"), { interval: 10 }).toHaveLength(1);
    // The step is kept, and nothing more can be done before the file is there.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { pid } = a;
    await a.kill();
    writeFileSync(`${ledger}.killed`, "");
    const { result } = await taskThatIs(b, taskId, "completed");
    expect(result.content[0].text).toBe("killed is done");
    const [one, two, ...more] = effects("killed");
    expect(one).toEqual(["one", pid]);
    expect(two?.[0]).toBe("two");
    expect(two?.[1]).not.toBe(pid);
    expect(more).toEqual([]);
    await a.start();
  });

  test("what a task asks is answered to another process, when the one that asked is gone", async () => {
    const [, b, c] = instances as [Instance, Instance, Instance];
    const taskId = await start(b, "work", "asked");
    const asking = await taskThatIs(c, taskId, "input_required");
    const { pid } = b;
    await b.kill();
    const answer = { action: "accept", content: { nonce: "yes" } };
    const inputResponses = Object.fromEntries(Object.keys(asking.inputRequests).map((key) => [key, answer]));
    await modern(c, "tasks/update", taskId, { taskId, inputResponses });
    const { result } = await taskThatIs(c, taskId, "completed");
    expect(result.content[0].text).toBe("asked yes");
    expect(effects("asked")).toEqual([
      ["one", pid],
      ["two", pid],
      ["commit", c.pid],
    ]);
    await b.start();
  });

  test("a client of 2025-11-25 is given a list of its own tasks by every process, and of nobody else's", async () => {
    const [a, b] = instances as [Instance, Instance, Instance];
    const [ann, bob] = [await openSession(a, "list-ann"), await openSession(b, "list-bob")];
    const made: { [subject: string]: string[] } = { ann: [], bob: [] };
    for (let round = 0; round < 3; round++)
      for (const [subject, request] of [
        ["ann", ann],
        ["bob", bob],
      ] as const) {
        const params = { name: "work", arguments: { key: `${subject}${round}` }, task: {} };
        const { result } = await request(round % 2 === 0 ? a : b, "tools/call", params);
        made[subject]?.push(result.task.taskId);
      }
    for (const at of [a, b]) {
      for (const [subject, request] of [
        ["ann", ann],
        ["bob", bob],
      ] as const) {
        const { result } = await request(at, "tasks/list", {});
        expect(result.tasks.map(({ taskId }: Result) => taskId)).toEqual(made[subject]);
      }
      const other = made["bob"]?.[0];
      expect((await ann(at, "tasks/get", { taskId: other })).error.code).toBe(-32602);
      expect((await ann(at, "tasks/list", { cursor: other })).error.code).toBe(-32602);
    }
  });
});
