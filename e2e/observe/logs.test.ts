import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { HttpTransport, McpClient } from "slipway/client";
import { limits, perHour } from "slipway/limits";
import { serve } from "slipway/node";
import { type LogsOptions, observe } from "slipway/observe";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ProgramOptions } from "./program.ts";
import { createShop } from "./shop.ts";
import { clientContext } from "./tracing.ts";

const program = fileURLToPath(new URL("program.ts", import.meta.url));
const open: { close(): Promise<unknown> }[] = [];
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-logs-"));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Line {
  readonly [field: string]: unknown;
  readonly level: number;
  readonly msg: string;
}

const [INFO, WARN, ERROR] = [30, 40, 50];

/** A server that logs to a file; `lines` closes it and reads that. */
async function logging(logs: LogsOptions = {}, options: Parameters<typeof serve>[1] = {}) {
  const destination = join(folder, `${files++}.log`);
  const observing = await observe({ logs: { destination, ...logs } });
  const running = await serve(createShop({ logger: observing.logger }), {
    port: 0,
    observe: observing,
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= running.close(0).then(() => observing.close());
    return closed;
  };
  open.push({ close });
  const text = async () => {
    await close();
    return readFile(destination, "utf8");
  };
  return {
    url: running.url,
    text,
    lines: async () =>
      (await text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Line),
  };
}

async function connect(url: string, version: string, headers: Record<string, string> = {}) {
  const client = await McpClient.connect(new HttpTransport(new URL(url), { headers: () => headers }), {
    info: { name: "test", version: "1.0.0" },
    protocolVersions: [version],
    listen: false,
    elicitation: { form: () => ({ action: "decline" }) },
  });
  open.push(client);
  return client;
}

function post(url: string, message: unknown, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });
}

const VERSIONS = ["2025-11-25", "2026-07-28"];

describe.each(VERSIONS)("a line for each call, %s", (version) => {
  test("says what was called, by whom, for how long, and with what outcome", async () => {
    const principal = { subject: "ada", tenant: "acme" };
    const { url, lines } = await logging({}, { authenticate: () => principal });
    const client = await connect(url, version);
    const from = clientContext();
    await client.callTool("greet", { name: "hunter2" }, { meta: { traceparent: from.traceparent } });
    await client.callTool("decline");
    await client.callTool("ask");
    await client.callTool("custom").catch(() => {});
    await client.callTool("made-up").catch(() => {});
    await client.getPrompt("review");
    await client.readResource("orders://by-id/17?key=hunter2");
    const all = await lines();
    const of = (msg: string) => all.filter((line) => line.msg === msg);
    const [greeting] = of("tools/call greet: complete");
    expect(greeting).toMatchObject({
      level: INFO,
      id: from.traceId,
      method: "tools/call",
      tool: "greet",
      subject: "ada",
      tenant: "acme",
      transport: "tcp",
      outcome: "complete",
      ms: expect.any(Number),
    });
    if (version === "2025-11-25") expect(greeting?.["session"]).toMatch(/^[\w-]{16}$/);
    expect(of("tools/call decline: tool_error")).toMatchObject([{ level: WARN }]);
    expect(of("tools/call custom: error")).toMatchObject([{ level: ERROR, code: 4711 }]);
    expect(of("tools/call: error")).toMatchObject([{ level: WARN, code: -32602 }]);
    expect(of("prompts/get review: complete")).toMatchObject([{ prompt: "review" }]);
    expect(of("resources/read: complete")).toMatchObject([{ resource: "orders://by-id/17" }]);
    const asks = of("tools/call ask: input_required").length + of("tools/call ask: complete").length;
    expect(asks).toBe(version === "2025-11-25" ? 1 : 2);
    expect(JSON.stringify(all)).not.toMatch(/hunter2|made-up/);
  });

  test("is found by the reference that an internal error names", async () => {
    const { url, lines } = await logging();
    const client = await connect(url, version, { "x-request-id": "req-0123456789" });
    const { content } = await client.callTool("explode");
    expect(content).toEqual([{ type: "text", text: "Internal error (reference req-0123456789)" }]);
    const found = (await lines()).filter((line) => JSON.stringify(line).includes("req-0123456789"));
    expect(found).toContainEqual(expect.objectContaining({ tool: "explode", outcome: "tool_error" }));
    expect(found).toContainEqual(
      expect.objectContaining({
        level: ERROR,
        msg: "tools/call failed unexpectedly (reference req-0123456789)",
        err: expect.objectContaining({ type: "Error", message: "the secret recipe" }),
      }),
    );
  });
});

const SECRETS = ["hunter2-secret", "Bearer abcdef0123456789", "sk-live-0123456789abcdef0123"];

/** A secret wherever a client can put one. */
function hostile(secret: string): [message: unknown, headers?: Record<string, string>][] {
  const call = (params: object, method = "tools/call", id: unknown = secret) => ({
    jsonrpc: "2.0",
    id,
    method,
    params,
  });
  const _meta = { traceparent: secret, tracestate: secret, baggage: `k=${secret}`, [secret]: secret };
  return [
    [call({ name: `${secret}\n{"level":60}`, arguments: {} })],
    [call({ name: "greet", arguments: { name: `${secret}\n{"level":60}`, [secret]: secret } })],
    [call({ name: "greet", arguments: {}, _meta })],
    [call({ name: "greet" }), { "x-request-id": `${secret} x`, traceparent: secret, "x-api-key": secret }],
    [call({ name: "greet" }), { authorization: secret, cookie: secret, "user-agent": secret }],
    [call({ uri: `orders://${secret}:${secret}@by-id/17?key=${secret}#${secret}` }, "resources/read")],
    [call({ name: secret }, "prompts/get")],
    [call({}, `${secret}\n`)],
    [call({ name: "greet" }), { origin: `https://${secret.replaceAll(" ", "")}` }],
    [call({ name: "greet" }), { "mcp-protocol-version": secret }],
    [call({ name: "greet" }), { "mcp-session-id": secret.replaceAll(" ", "") }],
    [`{"jsonrpc":"2.0","secret":"${secret}`],
    [[secret]],
    [call({ name: "explode", arguments: { password: secret } })],
  ];
}

test("no line has what a client has sent, and each is one line of JSON", async () => {
  const { url, text, lines } = await logging({ maxRefusedPerSecond: 1000, level: "debug" });
  let sent = 0;
  for (const secret of SECRETS) {
    for (const [message, headers] of hostile(secret)) {
      await (await post(url, message, headers)).text();
      sent++;
    }
  }
  const all = await lines();
  expect(all.length).toBeGreaterThanOrEqual(sent);
  for (const line of all) expect([10, 20, 30, 40, 50]).toContain(line.level);
  const written = await text();
  for (const secret of SECRETS) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(secret.replaceAll(" ", ""));
  }
});

test("a flood of refused requests does not fill the disk, and its size is told", async () => {
  const { url, lines } = await logging({ maxRefusedPerSecond: 5 });
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const response = await post(url, {}, { origin: "https://evil.example" });
      await response.text();
      return response.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([403]));
  const all = await lines();
  const told = all.filter((line) => line["outcome"] === "refused");
  const leftOut = all.reduce((sum, line) => sum + Number(line["leftOut"] ?? 0), 0);
  expect(told[0]).toMatchObject({
    level: WARN,
    http: "POST",
    status: 403,
    reason: "origin",
    address: expect.any(String),
  });
  expect(told.length).toBeLessThan(40);
  expect(told.length + leftOut).toBe(40);
});

test("what limits refuse counts among the refused", async () => {
  const { url, lines } = await logging(
    { maxRefusedPerSecond: 1 },
    { limits: limits({ tools: { greet: { rate: perHour(1) } } }), sessionAdapter: null },
  );
  for (let i = 0; i < 20; i++) {
    await (
      await post(url, { jsonrpc: "2.0", id: i, method: "tools/call", params: { name: "greet" } })
    ).text();
  }
  const all = await lines();
  const refused = all.filter((line) => line["outcome"] === "refused");
  const leftOut = all.reduce((sum, line) => sum + Number(line["leftOut"] ?? 0), 0);
  expect(refused.length + leftOut).toBe(19);
  expect(leftOut).toBeGreaterThan(0);
});

test("a logger of one's own takes the lines", async () => {
  const seen: [string, object, string][] = [];
  const at = (level: string) => (fields: object, text: string) => void seen.push([level, fields, text]);
  const logger = { info: at("info"), warn: at("warn"), error: at("error") };
  const observing = await observe({ logs: { logger } });
  const running = await serve(createShop({ logger: observing.logger }), { port: 0, observe: observing });
  open.push({ close: () => running.close(0) });
  const client = await connect(running.url, "2026-07-28");
  await client.callTool("greet");
  await client.callTool("explode");
  expect(seen.map(([level, , text]) => `${level} ${text}`)).toEqual(
    expect.arrayContaining(["info tools/call greet: complete", "warn tools/call explode: tool_error"]),
  );
  expect(seen).toContainEqual([
    "error",
    { err: expect.anything() },
    expect.stringContaining("failed unexpectedly"),
  ]);
});

test("a log that cannot be written stops nothing", async () => {
  const { url } = await logging({ destination: "/dev/full" });
  const client = await connect(url, "2026-07-28");
  for (let i = 0; i < 20; i++) expect((await client.callTool("greet")).isError).not.toBe(true);
});

test("over stdio, what is no message is a line, and a flood of it does not fill the disk", async () => {
  const options: ProgramOptions = { stdio: true, logs: { maxRefusedPerSecond: 2 } };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: "pipe" });
  open.push({ close: async () => void child.kill("SIGKILL") });
  const logged: string[] = [];
  createInterface(child.stderr).on("line", (line) => logged.push(line));
  child.stdout.resume();
  child.stdin.end(`{"password": "hunter2"}\n${"{hunter2\n".repeat(39)}`);
  await once(child, "close");
  const lines = logged.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
  const told = lines.filter((line) => line["outcome"] === "refused");
  const common = { level: WARN, transport: "pipe", reason: "bad_request" };
  expect(told[0]).toMatchObject({ ...common, code: -32600, msg: "message refused with -32600" });
  expect(told[1]).toMatchObject({ ...common, code: -32700, msg: "message refused with -32700" });
  const leftOut = lines.reduce((sum, line) => sum + Number(line["leftOut"] ?? 0), 0);
  expect(leftOut).toBeGreaterThan(0);
  expect(told.length + leftOut).toBe(40);
  expect(logged.join("\n")).not.toContain("hunter2");
});

test("over stdio, lines go to standard error, and standard output has nothing but the protocol", async () => {
  const options: ProgramOptions = { stdio: true, logs: true };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: "pipe" });
  open.push({ close: async () => void child.kill("SIGKILL") });
  const said: string[] = [];
  const logged: string[] = [];
  createInterface(child.stderr).on("line", (line) => logged.push(line));
  const answers = createInterface(child.stdout);
  answers.on("line", (line) => said.push(line));
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  for (const [id, name] of ["greet", "chatty", "explode"].entries()) {
    const answered = once(answers, "line");
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {}, _meta } })}\n`,
    );
    await answered;
  }
  child.stdin.end();
  await once(child, "close");
  expect(said.map((line) => JSON.parse(line).id)).toEqual([0, 1, 2]);
  const lines = logged.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: "tools/call greet: complete", transport: "pipe", level: INFO }),
  );
  expect(logged).toContain("on standard output");
  expect(lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining("failed unexpectedly"));
});
