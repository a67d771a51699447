import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serve } from "slipway/node";
import { type AuditEntry, type AuditOptions, type AuditSink, observe } from "slipway/observe";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ProgramOptions } from "./program.ts";
import { createShop } from "./shop.ts";

const program = fileURLToPath(new URL("program.ts", import.meta.url));
const open: (() => unknown)[] = [];
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-audit-"));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const newFile = () => join(folder, `${files++}.jsonl`);

async function entriesOf(path: string): Promise<AuditEntry[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEntry);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 5));
}

/** Sends one call; its number is in the correlation id of its entry. */
async function call(url: string, name = "greet", number = 0, args: object = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "x-request-id": `request-${number}`,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: number,
      method: "tools/call",
      params: {
        name,
        arguments: args,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
  const body = (await response.json()) as { result?: unknown; error?: { code: number; message: string } };
  return { status: response.status, ...body };
}

async function auditing(audit: string | AuditSink | AuditOptions) {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const logger = { error: say, warn: say, info: () => {}, debug: () => {} };
  const observing = await observe({ audit, logger });
  const running = await serve(createShop({ logger }), {
    port: 0,
    observe: observing,
    authenticate: () => ({ subject: "ada", tenant: "acme", clientId: "agent" }),
    health: { checks: observing.checks, cacheMs: 1 },
  });
  open.push(async () => {
    await running.close(0);
    await observing.close();
  });
  const ready = async () => (await fetch(new URL("/ready", running.url))).status;
  return { url: running.url, observing, running, said, ready };
}

/** A sink that keeps what it gets as long as it is let. */
class TestSink implements AuditSink {
  readonly entries: AuditEntry[] = [];
  failing = false;
  #gate: Promise<void> | undefined;
  #open = () => {};

  block(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  unblock(): void {
    this.#open();
    this.#gate = undefined;
  }

  async write(entries: readonly AuditEntry[]): Promise<void> {
    await this.#gate;
    if (this.failing) throw new Error("no space left");
    this.entries.push(...entries);
  }

  get ids(): string[] {
    return this.entries.map(({ id }) => id);
  }
}

test("says who called what, when, and with what outcome, and nothing of what was sent", async () => {
  const path = newFile();
  const { url, observing } = await auditing(path);
  const begun = Date.now();
  await call(url, "greet", 1, { name: "hunter2" });
  await call(url, "decline", 2);
  await call(url, "explode", 3);
  await call(url, "custom", 4);
  await call(url, "hunter2", 5);
  await observing.close();
  const entries = await entriesOf(path);
  expect(entries[0]).toEqual({
    time: expect.any(String),
    id: "request-1",
    method: "tools/call",
    tool: "greet",
    subject: "ada",
    tenant: "acme",
    clientId: "agent",
    address: expect.stringContaining("127.0.0.1"),
    outcome: "complete",
    ms: expect.any(Number),
  });
  expect(Date.parse(entries[0]?.time ?? "")).toBeGreaterThanOrEqual(begun);
  expect(entries.map(({ tool, outcome, code }) => [tool, outcome, code])).toEqual([
    ["greet", "complete", undefined],
    ["decline", "tool_error", undefined],
    ["explode", "tool_error", undefined],
    ["custom", "error", 4711],
    [undefined, "error", -32602],
  ]);
  expect(await readFile(path, "utf8")).not.toContain("hunter2");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a file that cannot be opened is told at once", async () => {
  await expect(observe({ audit: join(folder, "missing", "audit.jsonl") })).rejects.toThrow(
    /The audit cannot be written to .*audit\.jsonl: ENOENT/,
  );
});

describe("a slow sink", () => {
  test("lets calls wait before they begin, and none is lost", async () => {
    const sink = new TestSink();
    const { url } = await auditing({ sink, maxWaiting: 3 });
    sink.block();
    const answered: number[] = [];
    const calls = [1, 2, 3, 4, 5].map((number) =>
      call(url, "greet", number).then(() => answered.push(number)),
    );
    await until(() => answered.length === 3);
    await new Promise((done) => setTimeout(done, 50));
    expect(answered).toHaveLength(3);
    sink.unblock();
    await Promise.all(calls);
    await until(() => sink.entries.length === 5);
    expect(new Set(sink.ids)).toEqual(new Set([1, 2, 3, 4, 5].map((n) => `request-${n}`)));
  });

  test("has calls refused that have waited for too long, or at once, as is chosen", async () => {
    for (const choice of [{ whenFull: "wait", maxWaitMs: 20 }, { whenFull: "refuse" }] as const) {
      const sink = new TestSink();
      const { url } = await auditing({ sink, maxWaiting: 1, ...choice });
      sink.block();
      expect((await call(url, "greet", 1)).status).toBe(200);
      const refused = await call(url, "greet", 2);
      expect(refused).toMatchObject({ status: 503, error: { code: -32603 } });
      expect(refused.error?.message).toContain("audit");
      sink.unblock();
    }
  });

  test("loses entries only where that is chosen, and then says so loudly, in the audit too", async () => {
    const sink = new TestSink();
    const { url, said } = await auditing({ sink, maxWaiting: 1, whenFull: "lose" });
    sink.block();
    for (let number = 1; number <= 4; number++) expect((await call(url, "greet", number)).status).toBe(200);
    expect(said).toEqual([expect.stringContaining("The audit is full")]);
    sink.unblock();
    await until(() => sink.entries.length === 2);
    expect(sink.entries).toMatchObject([{ id: "request-1" }, { outcome: "lost", count: 3 }]);
    expect(said[1]).toContain("3 calls are not in the audit");
  });
});

describe("a sink that fails", () => {
  test("is tried again until it works; the log and /ready say so meanwhile", async () => {
    const sink = new TestSink();
    const { url, said, ready } = await auditing({ sink });
    expect(await ready()).toBe(200);
    sink.failing = true;
    await call(url, "greet", 1);
    await until(() => said.length > 0);
    expect(said[0]).toContain("The audit cannot be written");
    expect(await ready()).toBe(503);
    await call(url, "greet", 2);
    sink.failing = false;
    await until(() => sink.entries.length === 2);
    expect(sink.ids).toEqual(["request-1", "request-2"]);
    await until(async () => (await ready()) === 200);
    expect(said.at(-1)).toContain("Nothing that waited was lost");
  });

  test("lets nothing be served where entries are to be durable", async () => {
    const sink = new TestSink();
    sink.failing = true;
    const { url } = await auditing({ sink, durable: true, maxWaitMs: 50 });
    const done = await call(url, "greet", 1);
    expect(done.error?.message).toContain("could not be recorded");
    expect(await call(url, "greet", 2)).toMatchObject({ status: 503 });
    sink.failing = false;
    await until(() => sink.entries.length === 1);
    expect((await call(url, "greet", 3)).status).toBe(200);
    expect(sink.ids).toEqual(["request-1", "request-3"]);
  });

  test("is told of when the server closes, with how much is lost", async () => {
    const { url, observing, said } = await auditing({ sink: "/dev/full", closeMs: 200 });
    await call(url, "greet", 1);
    await observing.close();
    expect(said.at(-1)).toContain("1 entries of the audit are lost");
  });
});

test("an answer is sent only once a durable entry is kept", async () => {
  const sink = new TestSink();
  const { url } = await auditing({ sink, durable: true });
  sink.block();
  let answered = false;
  const calling = call(url, "greet", 1).then(() => {
    answered = true;
  });
  await new Promise((done) => setTimeout(done, 100));
  expect(answered).toBe(false);
  sink.unblock();
  await calling;
  expect(sink.ids).toEqual(["request-1"]);
});

test("what moves the file away has a new one begun, and no entry is lost", async () => {
  const path = newFile();
  const { url, observing } = await auditing(path);
  await call(url, "greet", 1);
  await until(async () => (await entriesOf(path)).length === 1);
  await rename(path, `${path}.1`);
  let number = 1;
  await until(async () => {
    await call(url, "greet", ++number);
    return stat(path).then(
      () => true,
      () => false,
    );
  });
  await observing.close();
  const all = [...(await entriesOf(`${path}.1`)), ...(await entriesOf(path))];
  expect(all.map(({ id }) => id)).toEqual(Array.from({ length: number }, (_, i) => `request-${i + 1}`));
});

/** Starts a process that serves with an audit; resolves to its URL. */
async function startProgram(options: ProgramOptions, wrap: string[] = []) {
  const [command = "", ...args] = [...wrap, process.execPath, program, JSON.stringify(options)];
  const child: ChildProcess = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  open.push(() => void child.kill("SIGKILL"));
  const [url] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), "line")) as [string];
  return { child, url };
}

test("what a client saw answered is in a durable audit, though the process is killed", async () => {
  const path = newFile();
  const { child, url } = await startProgram({ audit: { sink: path, durable: true } });
  const answered: string[] = [];
  let number = 0;
  const client = async () => {
    for (;;) {
      const mine = ++number;
      if ((await call(url, "greet", mine).catch(() => undefined)) === undefined) return;
      answered.push(`request-${mine}`);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await until(() => answered.length > 200);
  child.kill("SIGKILL");
  await Promise.all(clients);
  const text = await readFile(path, "utf8");
  // The last line may be cut off, if nobody was answered for it.
  const whole = text.slice(0, text.lastIndexOf("\n"));
  const kept = new Set(whole.split("\n").map((line) => (JSON.parse(line) as AuditEntry).id));
  expect(answered.filter((id) => !kept.has(id))).toEqual([]);
  // What comes next begins a line of its own.
  const again = await startProgram({ audit: { sink: path, durable: true } });
  await call(again.url, "greet", 999_999);
  expect((await readFile(path, "utf8")).slice(text.length)).toContain('"id":"request-999999"');
});

test("what waits is written when the process ends by itself", async () => {
  const path = newFile();
  const { child, url } = await startProgram({ audit: { sink: path }, exitAfterCalls: 20 });
  const exited = once(child, "exit");
  const calls = Array.from({ length: 20 }, (_, i) => call(url, "count", i).catch(() => undefined));
  await exited;
  await Promise.all(calls);
  const ids = new Set((await entriesOf(path)).map(({ id }) => id));
  expect(ids.size).toBe(20);
});

test("a disk that is full in the midst of a line leaves no broken line when there is room again", async () => {
  const path = newFile();
  // The shell's limit of 4 KiB stands for the disk; one that is ignored goes on to what it starts.
  const full = ["bash", "-c", 'trap "" XFSZ; ulimit -S -f 4; exec "$@"', "bash"];
  const { child, url } = await startProgram({ audit: { sink: path } }, full);
  const sent = 60;
  for (let number = 1; number <= sent; number++) await call(url, "greet", number);
  await until(async () => (await stat(path)).size === 4096);
  execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]);
  await until(async () => (await readFile(path, "utf8")).includes(`"request-${sent}"`));
  expect((await entriesOf(path)).map(({ id }) => id)).toEqual(
    Array.from({ length: sent }, (_, i) => `request-${i + 1}`),
  );
});
