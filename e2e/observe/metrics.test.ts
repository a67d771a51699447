import { fileURLToPath } from "node:url";
import { McpServer } from "slipway";
import { HttpTransport, McpClient } from "slipway/client";
import { StdioTransport } from "slipway/client/stdio";
import { limits, perHour } from "slipway/limits";
import { type RunningServer, serve } from "slipway/node";
import { observe } from "slipway/observe";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { addGreetings } from "../support/greeter.ts";
import { type Collected, Collector, points } from "./collector.ts";
import { PrometheusText } from "./prometheus-text.ts";

/** On a machine that has much else to do. */
const PATIENT = { timeout: 20_000, interval: 20 };

const OPERATION = "mcp.server.operation.duration";
const COUNTED = "mcp_server_operation_duration_seconds_count";

const ERAS = [
  { era: "2025-11-25", versions: ["2025-11-25"] },
  { era: "2026-07-28", versions: ["2026-07-28"] },
] as const;

const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const running: RunningServer[] = [];
afterAll(async () => {
  await Promise.all(running.map((server) => server.close(0)));
});

async function start() {
  const collector = new Collector();
  const observing = await observe({
    metrics: { openTelemetry: { meterProvider: collector.provider } },
  });
  const server = new McpServer({ name: "measured", version: "1.0.0", logger: quiet });
  addGreetings(server);
  server.tool("fail", {
    handler: () => {
      throw new Error("for the log only");
    },
  });
  server.tool("rare", { inputSchema: z.object({}), handler: () => "once" });
  const bounds = limits({ tools: { rare: { rate: perHour(1) } } });
  const { endpoints } = observing;
  const served = await serve(server, { port: 0, observe: observing, endpoints, limits: bounds });
  running.push(served);
  onTestFinished(() => observing.close());
  return {
    served,
    collector,
    text: () => PrometheusText.fetch(new URL("/metrics", served.url)),
  };
}

async function client(url: string, versions: readonly string[]): Promise<McpClient> {
  const made = await McpClient.connect(new HttpTransport(url), {
    info: { name: "test", version: "1.0.0" },
    protocolVersions: versions,
    elicitation: { form: () => ({ action: "accept", content: { name: "Ada" } }) },
  });
  onTestFinished(() => made.close());
  return made;
}

describe.each(ERAS)("a client of $era over HTTP", ({ era, versions }) => {
  test("is counted to the number, by OpenTelemetry and for Prometheus alike", async () => {
    const { served, collector, text } = await start();
    const peer = await client(served.url, versions);
    for (let i = 0; i < 7; i++) await peer.callTool("greet", { name: "Ada" });
    for (let i = 0; i < 3; i++) await peer.callTool("greet-slowly", { name: "Ada" });
    for (let i = 0; i < 2; i++) await peer.callTool("fail", {});
    for (let i = 0; i < 4; i++) await peer.callTool("rare", {}).catch(() => {});
    for (let i = 0; i < 5; i++) await peer.callTool(`unknown-${i}`, {}).catch(() => {});
    await peer.callTool("greet-user", {});
    // The client of this same process may have the last answer before the server is through with its turn.
    await new Promise(setImmediate);

    const collected = await collector.collect();
    const parsed = await text();
    const both = (attributes: { [name: string]: string }) => {
      const counts = points(collected, OPERATION, attributes).map(({ count }) => count ?? 0);
      const labels = Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name.replaceAll(".", "_"), value]),
      );
      const sum = counts.reduce((all, count) => all + count, 0);
      expect(parsed.sum(COUNTED, labels)).toBe(sum);
      return sum;
    };
    const tool = (name: string) => ({ "mcp.method.name": "tools/call", "gen_ai.tool.name": name });
    expect(both({ ...tool("greet"), "slipway.outcome": "complete" })).toBe(7);
    expect(both({ ...tool("greet-slowly"), "slipway.outcome": "complete" })).toBe(3);
    expect(both({ ...tool("fail"), "error.type": "tool_error" })).toBe(2);
    expect(both({ ...tool("rare"), "slipway.outcome": "complete" })).toBe(1);
    expect(both({ ...tool("rare"), "error.type": "429" })).toBe(3);
    expect(both({ ...tool("_OTHER"), "rpc.response.status_code": "-32602" })).toBe(5);
    const asked = tool("greet-user");
    if (era === "2026-07-28") {
      expect(both({ ...asked, "slipway.outcome": "input_required" })).toBe(1);
      expect(both({ ...asked, "slipway.outcome": "complete" })).toBe(1);
    } else expect(both({ ...asked, "slipway.outcome": "asked" })).toBe(1);
    expect(both({ "mcp.method.name": "tools/call" })).toBe(era === "2026-07-28" ? 23 : 22);
    expect(parsed.sum("slipway_requests_refused_total", { slipway_refusal_reason: "rate_limit" })).toBe(3);

    const [greeted] = points(collected, OPERATION, tool("greet"));
    expect(greeted?.attributes).toEqual({
      "mcp.method.name": "tools/call",
      "mcp.protocol.version": era,
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "greet",
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "slipway.outcome": "complete",
    });
    expect(greeted?.boundaries).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]);
    expect(collected.find(({ name }) => name === OPERATION)).toMatchObject({ unit: "s", scope: "slipway" });
    expect(processMetrics(collected)).toEqual(PROCESS);
  });
});

const PROCESS = [
  "nodejs.eventloop.delay.p50",
  "nodejs.eventloop.delay.p90",
  "nodejs.eventloop.delay.p99",
  "nodejs.eventloop.utilization",
  "process.cpu.time",
  "process.memory.usage",
];

function processMetrics(collected: readonly Collected[]): string[] {
  return collected
    .filter(({ points }) => points.length > 0)
    .map(({ name }) => name)
    .filter((name) => /^(process|nodejs)\./.test(name))
    .sort();
}

test("sessions and handshakes over HTTP, and what is open now", async () => {
  const { served, collector, text } = await start();
  const before = await text();
  expect(before.sum("slipway_handshakes_total", { slipway_handshake_outcome: "succeeded" })).toBe(0);
  const peer = await client(served.url, ["2025-11-25"]);
  const listening = await peer.listen({ toolsListChanged: true }, () => {});
  await expect.poll(async () => (await text()).sum("slipway_streams_active"), PATIENT).toBe(1);
  const during = await text();
  expect(during.sum("slipway_sessions_active")).toBe(1);
  expect(during.sum("slipway_sessions_opened_total", { network_transport: "tcp" })).toBe(1);
  expect(during.sum("slipway_handshakes_total", { slipway_handshake_outcome: "succeeded" })).toBe(1);
  expect(points(await collector.collect(), "slipway.streams.active")[0]?.value).toBe(1);
  await listening.close();
  await peer.close();
  await expect.poll(async () => (await text()).sum("slipway_sessions_active"), PATIENT).toBe(0);
  const after = await collector.collect();
  const [session] = points(after, "mcp.server.session.duration");
  expect(session).toMatchObject({
    count: 1,
    attributes: { "mcp.protocol.version": "2025-11-25", "network.transport": "tcp" },
  });
});

describe.each(ERAS)("a client of $era over stdio", ({ era, versions }) => {
  test("is measured too, and a port on loopback serves the text", async () => {
    const program = fileURLToPath(new URL("measured-greeter.ts", import.meta.url));
    const peer = await McpClient.connect(new StdioTransport(process.execPath, [program]), {
      info: { name: "test", version: "1.0.0" },
      protocolVersions: versions,
      probeTimeoutMs: 60_000,
    });
    onTestFinished(() => peer.close());
    for (let i = 0; i < 6; i++) await peer.callTool("greet", { name: "Ada" });
    const told = async (tool: string) => {
      const [first] = (await peer.callTool(tool, {})).content;
      return first?.type === "text" ? first.text : "";
    };
    const collected = JSON.parse(await told("collected")) as Collected[];
    const greet = { "gen_ai.tool.name": "greet", "network.transport": "pipe", "mcp.protocol.version": era };
    expect(points(collected, OPERATION, greet)).toMatchObject([{ count: 6 }]);
    expect(points(collected, OPERATION, greet)[0]?.attributes).not.toHaveProperty("network.protocol.name");
    expect(points(collected, "slipway.sessions.active")[0]?.value).toBe(1);
    expect(processMetrics(collected)).toEqual(PROCESS);
    const parsed = new PrometheusText(await told("text"));
    expect(parsed.sum(COUNTED, { gen_ai_tool_name: "greet", network_transport: "pipe" })).toBe(6);
    const shaken = parsed.sum("slipway_handshakes_total", { slipway_handshake_outcome: "succeeded" });
    expect(shaken).toBe(era === "2026-07-28" ? 0 : 1);
    expect(parsed.sum("process_resident_memory_bytes")).toBeGreaterThan(0);
  });
});
