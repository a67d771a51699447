import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { StreamableHttpTransport, type StreamableHttpTransportOptions } from "../../http/index.ts";
import { limits, perHour } from "../../limits/index.ts";
import { RpcError, ToolError } from "../../protocol/errors.ts";
import { McpServer } from "../../server/index.ts";
import { serveStdio } from "../../stdio/index.ts";
import { InMemorySessionAdapter } from "../../stores/memory/index.ts";
import { type MetricsOptions, type Observing, observe } from "../index.ts";

/** On a machine that has much else to do. */
const PATIENT = { timeout: 20_000, interval: 20 };

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

const open: Observing[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((observing) => observing.close()));
});

function server(): McpServer {
  const made = new McpServer({ name: "measured", version: "1.0.0", logger: quiet });
  made.tool("greet", { handler: () => "hello" });
  made.tool("slow", { handler: async () => "at last" });
  made.tool("refuse", {
    handler: () => {
      throw new ToolError("no");
    },
  });
  made.tool("protest", {
    handler: () => {
      throw new RpcError(4711, "own");
    },
  });
  made.tool("flood", {
    handler: async (_args, ctx) => {
      for (let step = 1; step <= 20; step++) {
        void ctx.progress({ progress: step, message: "x".repeat(2_000) });
        await new Promise((resolve) => setImmediate(resolve));
      }
      return "said";
    },
  });
  made.prompt("ask", { handler: () => "please" });
  return made;
}

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

async function measured(metrics: MetricsOptions | true = true, options: StreamableHttpTransportOptions = {}) {
  const observing = await observe({ metrics });
  open.push(observing);
  const handler = new StreamableHttpTransport({ ...options, observe: observing }).bind(server());
  const text = async () => (await observing.endpoints["/metrics"]?.())?.body ?? "";
  return {
    observing,
    handler,
    text,
    /** The value of the one series whose line begins so and has all these labels. */
    async value(name: string, labels: { [label: string]: string } = {}): Promise<number | undefined> {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const lines = (await text())
        .split("\n")
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => wanted.every((pair) => line.includes(pair)));
      return lines.length === 0
        ? undefined
        : lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
    async send(method: string, params: object = {}, name?: string): Promise<Response> {
      const headers: { [name: string]: string } = {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
      };
      if (name !== undefined) headers["mcp-name"] = name;
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } });
      return handler(new Request("http://127.0.0.1/mcp", { method: "POST", headers, body }));
    },
  };
}

const COUNT = "mcp_server_operation_duration_seconds_count";

test("each call is counted once, by its tool and how it ended", async () => {
  const { send, value, text } = await measured();
  const call = (name: string) => send("tools/call", { name }, name);
  for (let i = 0; i < 5; i++) await call("greet");
  for (let i = 0; i < 4; i++) await call("slow");
  for (let i = 0; i < 3; i++) await call("refuse");
  for (let i = 0; i < 2; i++) await call("protest");
  await send("prompts/get", { name: "ask" }, "ask");
  await send("tools/list");
  const tool = (name: string) => ({ gen_ai_tool_name: name });
  expect(await value(COUNT, { ...tool("greet"), slipway_outcome: "complete" })).toBe(5);
  expect(await value(COUNT, { ...tool("slow"), slipway_outcome: "complete" })).toBe(4);
  expect(await value(COUNT, { ...tool("refuse"), error_type: "tool_error" })).toBe(3);
  expect(await value(COUNT, { ...tool("protest"), error_type: "4711" })).toBe(2);
  expect(await value(COUNT, { gen_ai_prompt_name: "ask" })).toBe(1);
  expect(await value(COUNT, { mcp_method_name: "tools/list" })).toBe(1);
  expect(await value(COUNT)).toBe(16);
  expect(await text()).toContain(
    `${COUNT}{mcp_method_name="tools/call",mcp_protocol_version="2026-07-28",gen_ai_operation_name="execute_tool",gen_ai_tool_name="greet",network_transport="tcp",network_protocol_name="http",slipway_outcome="complete"} 5`,
  );
});

test("buckets add up, and P50, P95 and P99 can be read from them", async () => {
  const { send, value } = await measured();
  for (let i = 0; i < 10; i++) await send("tools/call", { name: "greet" }, "greet");
  const bucket = (le: string) => value("mcp_server_operation_duration_seconds_bucket", { le });
  expect(await bucket("+Inf")).toBe(10);
  const counts = await Promise.all(["0.01", "0.1", "1", "300"].map(bucket));
  expect(counts).toEqual([...counts].sort((a, b) => (a as number) - (b as number)));
  expect(await bucket("300")).toBe(10);
});

test("names that clients make up are one label, whatever was found before", async () => {
  const { send, value, text } = await measured({ maxNames: 1 });
  await send("tools/call", { name: "greet" }, "greet");
  for (let i = 0; i < 50; i++) await send("tools/call", { name: `made-up-${i}` }, `made-up-${i}`);
  for (let i = 0; i < 50; i++) await send(`made/up${i}`);
  // One above the bound.
  await send("tools/call", { name: "slow" }, "slow");
  expect(await value(COUNT, { gen_ai_tool_name: "greet" })).toBe(1);
  expect(await value(COUNT, { gen_ai_tool_name: "_OTHER", error_type: "-32602" })).toBe(50);
  expect(await value(COUNT, { gen_ai_tool_name: "_OTHER", slipway_outcome: "complete" })).toBe(1);
  expect(await value(COUNT, { mcp_method_name: "_OTHER" })).toBe(50);
  expect(await text()).not.toContain("made");
});

test("what is refused is counted by its reason, also what a limit refuses", async () => {
  const bounds = limits({ principal: perHour(4), tools: { greet: { rate: perHour(2) } } });
  const authenticate = () => ({ subject: "one" });
  const { handler, send, value } = await measured(true, { limits: bounds, authenticate });
  for (let i = 0; i < 6; i++) await send("tools/call", { name: "greet" }, "greet");
  await handler(
    new Request("http://evil.example/mcp", {
      method: "POST",
      headers: { host: "evil.example", origin: "http://evil.example" },
    }),
  );
  const refused = (reason: string) =>
    value("slipway_requests_refused_total", { slipway_refusal_reason: reason });
  // Two calls above the tool's rate, and two requests above the caller's.
  expect(await refused("rate_limit")).toBe(4);
  expect(await refused("origin")).toBe(1);
  expect(await refused("no_room")).toBe(0);
  expect(await value(COUNT, { gen_ai_tool_name: "greet", slipway_outcome: "complete" })).toBe(2);
  expect(await value(COUNT, { gen_ai_tool_name: "greet", error_type: "429" })).toBe(2);
  expect(await value(COUNT)).toBe(4);
});

test("handshakes, sessions and streams are counted, and what is open", async () => {
  const { handler, value } = await measured(true, {
    sessionAdapter: new InMemorySessionAdapter({ maxSessions: 1 }),
  });
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const initialize = (protocolVersion: unknown) =>
    handler(
      new Request("http://127.0.0.1/mcp", {
        method: "POST",
        headers,
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 0,
          method: "initialize",
          params: { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } },
        }),
      }),
    );
  const session = (await initialize("2025-11-25")).headers.get("mcp-session-id") as string;
  // There is no room for a second one; and what is no version is refused.
  expect((await initialize("2025-11-25")).status).toBe(503);
  expect((await initialize(7)).status).toBe(400);
  const handshakes = (slipway_handshake_outcome: string) =>
    value("slipway_handshakes_total", { slipway_handshake_outcome });
  expect([await handshakes("succeeded"), await handshakes("failed")]).toEqual([1, 2]);
  expect(await value("slipway_sessions_opened_total")).toBe(1);
  const own = { "mcp-session-id": session, accept: "text/event-stream" };
  const listening = new AbortController();
  await handler(new Request("http://127.0.0.1/mcp", { headers: own, signal: listening.signal }));
  expect(await value("slipway_streams_active")).toBe(1);
  expect(await value("slipway_sessions_active")).toBe(1);
  expect(await value("slipway_streams_limit")).toBe(20_000);
  await handler(new Request("http://127.0.0.1/mcp", { method: "DELETE", headers: own }));
  expect(await value("slipway_streams_active")).toBe(0);
  expect(await value("mcp_server_session_duration_seconds_count")).toBe(1);
  await handler(new Request("http://127.0.0.1/mcp", { method: "DELETE", headers: own }));
  const unknown = { slipway_refusal_reason: "unknown_session" };
  expect(await value("slipway_requests_refused_total", unknown)).toBe(1);
  await handler.close();
  expect(await value("slipway_streams_limit")).toBe(0);
});

test("a reader that is too slow is cut off, and what was on its way is counted", async () => {
  const { handler, value } = await measured(true, {
    sessionAdapter: new InMemorySessionAdapter(),
    maxBufferedBytes: 10_000,
  });
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const post = (message: object, more = {}) =>
    handler(
      new Request("http://127.0.0.1/mcp", {
        method: "POST",
        headers: { ...headers, ...more },
        body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      }),
    );
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const opened = await post({ id: 0, method: "initialize", params });
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") };
  // Nobody reads the answer.
  const progress = { name: "flood", _meta: { progressToken: 1 } };
  await post({ id: 1, method: "tools/call", params: progress }, session);
  await expect.poll(() => value("slipway_streams_cut_total"), PATIENT).toBe(1);
  expect(await value("slipway_streams_cut_bytes_total")).toBeGreaterThan(10_000);
  expect(await value("slipway_event_lag_seconds_count", { slipway_event_from: "here" })).toBeGreaterThan(0);
});

test("a port of its own serves the text, on loopback, to those who name its address", async () => {
  const { observing } = await measured({ prometheus: { port: 0 } });
  const url = observing.metricsUrl as string;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const response = await fetch(url);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await response.text()).toContain("# TYPE mcp_server_operation_duration_seconds histogram");
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(new URL("/other", url))).status).toBe(404);
});

test("metrics say what is wrong with their options", async () => {
  await expect(observe({ metrics: { maxNames: 0 } })).rejects.toThrow("expected a positive integer, got 0");
  await expect(observe({ metrics: { prometheus: { path: "metrics" } } })).rejects.toThrow('begins with "/"');
});

test("over stdio, a handshake that is refused has failed, and the connection is the session", async () => {
  const observing = await observe({ metrics: true });
  open.push(observing);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const running = serveStdio(server(), { input, output, observe: observing });
  const lines = createInterface(output)[Symbol.asyncIterator]();
  const ask = async (protocolVersion: unknown) => {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } };
    input.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
    return JSON.parse((await lines.next()).value as string);
  };
  const text = async () => (await observing.endpoints["/metrics"]?.())?.body;
  expect((await ask(7)).error.code).toBe(-32602);
  expect((await ask("2025-11-25")).result.protocolVersion).toBe("2025-11-25");
  // There is one already.
  expect((await ask("2025-11-25")).error.code).toBe(-32600);
  await expect
    .poll(text, PATIENT)
    .toContain('slipway_handshakes_total{slipway_handshake_outcome="failed"} 2');
  expect(await text()).toContain('slipway_handshakes_total{slipway_handshake_outcome="succeeded"} 1');
  expect(await text()).toContain('slipway_sessions_opened_total{network_transport="pipe"} 1');
  expect(await text()).toContain("slipway_sessions_active 1");
  await running.close();
  const ended =
    'mcp_server_session_duration_seconds_count{mcp_protocol_version="2025-11-25",network_transport="pipe"} 1';
  expect(await text()).toContain(ended);
  expect(await text()).toContain("slipway_sessions_active 0");
});
