import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { trace } from "@opentelemetry/api";
import { McpServer } from "slipway";
import { serve } from "slipway/node";
import { observe } from "slipway/observe";
import { afterEach, expect, test } from "vitest";
import { Tracing } from "./tracing.ts";

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  Tracing.unregister();
});

interface Seen {
  readonly correlationId: string;
  /** The trace that was active when the call began, after it had waited, and in work of its own. */
  readonly traceIds: readonly string[];
}

/** A server of which no trace is sampled, with a tool that tells in which trace it is called. */
async function start(): Promise<{ port: number; tracing: Tracing }> {
  const tracing = new Tracing().register();
  const server = new McpServer({ name: "watched", version: "1.0.0" });
  const traceId = () => trace.getActiveSpan()?.spanContext().traceId ?? "none";
  const seen = (traceIds: string[], correlationId: string) => JSON.stringify({ traceIds, correlationId });
  server.tool("at-once", { handler: (_, ctx) => seen([traceId()], ctx.correlationId) });
  server.tool("waits", {
    handler: async (_, ctx) => {
      const before = traceId();
      await sleep(20);
      const own = trace.getTracer("own").startActiveSpan("own work", (span) => {
        span.end();
        return span.spanContext().traceId;
      });
      return seen([before, traceId(), own], ctx.correlationId);
    },
  });
  const running = await serve(server, { port: 0, observe: await observe({ traces: { sampled: 0 } }) });
  open.push({ close: () => running.close(0) });
  return { port: running.port, tracing };
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

function call(id: number, name: string): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, _meta: META } });
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": name,
  };
  return { headers, body };
}

function seenIn(message: string): Seen {
  const { result } = JSON.parse(message) as { result: { content: [{ text: string }] } };
  return JSON.parse(result.content[0].text) as Seen;
}

/** Each after the one before, over one connection. */
async function inTurn(port: number, names: readonly string[]): Promise<Seen[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const all: Seen[] = [];
  for (const [id, name] of names.entries()) {
    const { headers, body } = call(id, name);
    const sent = request({ port, path: "/mcp", method: "POST", headers, agent }).end(body);
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    all.push(seenIn(text));
  }
  agent.destroy();
  return all;
}

/** All at once over one connection. */
async function pipelined(port: number, names: readonly string[]): Promise<Seen[]> {
  const socket = connect(port, "127.0.0.1");
  const requests = names.map((name, id) => {
    const { headers, body } = call(id, name);
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
      ([key, value]) => `${key}: ${value}\r\n`,
    );
    return `POST /mcp HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
  });
  socket.write(requests.join(""));
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    const bodies = text.match(/^\{.*\}(?=HTTP|$)/gm) ?? [];
    if (bodies.length === names.length) return bodies.map(seenIn);
  }
  throw new Error(`The connection ended after ${text}`);
}

function check(all: readonly Seen[], tracing: Tracing): void {
  const ids = new Set<string>();
  for (const { correlationId, traceIds } of all) {
    expect(correlationId).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(traceIds)).toEqual(new Set([correlationId]));
    ids.add(correlationId);
  }
  expect(ids.size).toBe(all.length);
  expect(tracing.spans).toEqual([]);
}

test("calls of one connection that are not sampled are of a trace each, which all that they do belongs to", async () => {
  const { port, tracing } = await start();
  const names = ["at-once", "waits", "at-once", "waits", "waits"];
  check(await inTurn(port, names), tracing);
});

test("so are calls that one connection makes at once", async () => {
  const { port, tracing } = await start();
  const names = ["waits", "at-once", "waits", "waits", "at-once"];
  check(await pipelined(port, names), tracing);
});
