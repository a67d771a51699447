// A server that tells its parent what it holds. Runs with --expose-gc. It runs the library's source, where the classes
// can be had whose objects are counted.
import { queryObjects } from "node:v8";
import { z } from "zod";
import { EventStream } from "../../packages/slipway/src/http/legacy/event-stream.ts";
import { LiveSession } from "../../packages/slipway/src/http/legacy/session.ts";
import {
  InMemoryClientRequestAdapter,
  InMemorySessionAdapter,
  McpServer,
} from "../../packages/slipway/src/index.ts";
import { serve } from "../../packages/slipway/src/node/index.ts";
import { Clock } from "./clock.ts";

/** What the server holds, in numbers. */
export interface Holdings {
  /** Memory in use, in bytes: the heap and what is outside of it. */
  readonly memory: number;
  readonly streams: number;
  readonly calls: number;
  readonly sessions: number;
  /** Questions that wait for an answer. */
  readonly pending: number;
  readonly timers: number;
  readonly connections: number;
  /** Calls whose signal has fired. */
  readonly aborted: number;
  /** Objects of these classes that are still reachable; counted after a collection. */
  readonly liveSessions?: number;
  readonly eventStreams?: number;
  /** Sessions that were opened for the parent's clients. */
  readonly ids?: readonly string[];
}

export type Command =
  | { readonly do: "measure" }
  /** The same without a collection before, so memory is what it is. */
  | { readonly do: "look" }
  /** Lets time pass, in milliseconds. */
  | { readonly do: "wait"; readonly ms: number }
  /** Opens sessions without a socket, to be left. */
  | { readonly do: "open"; readonly sessions: number }
  /** Opens sessions without a socket, to be used. */
  | { readonly do: "ready"; readonly sessions: number }
  /** Calls a tool without a socket. */
  | { readonly do: "call"; readonly times: number };

const clock = new Clock();
clock.install();

const sessions = new InMemorySessionAdapter({ now: () => clock.now, maxSessions: 200_000 });
const clientRequests = new InMemoryClientRequestAdapter();
const server = new McpServer({
  name: "growth",
  version: "1.0.0",
  logger: { error() {}, warn() {}, info() {}, debug() {} },
});
let aborted = 0;

server.tool("echo", { inputSchema: z.object({ text: z.string() }), handler: ({ text }) => text });
server.resource("test:watched", { name: "watched" }, () => "watched");

server.tool("work", {
  async handler(_args, ctx) {
    await ctx.progress({ progress: 1 });
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    aborted++;
    return "stopped";
  },
});

server.tool("ask", {
  async handler(_args, ctx) {
    const { action } = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
    return action;
  },
});

server.tool("flood", {
  async handler(_args, ctx) {
    const message = "x".repeat(10_000);
    for (let progress = 1; !ctx.signal.aborted; progress++) {
      void ctx.progress({ progress, message });
      if (progress % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    aborted++;
    return "flooded";
  },
});

const running = await serve(server, {
  port: 0,
  sessionAdapter: sessions,
  clientRequestAdapter: clientRequests,
  maxBufferedBytes: 256 * 1024,
});
// What is loaded a little after the start is there before anything is measured.
await clock.advance(5_000);

async function measure(): Promise<Holdings> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return {
    ...(await look()),
    liveSessions: queryObjects(LiveSession, { format: "count" }),
    eventStreams: queryObjects(EventStream, { format: "count" }),
  };
}

async function look(): Promise<Holdings> {
  const { heapUsed, external } = process.memoryUsage();
  const { streams, calls } = running.handler.load;
  return {
    memory: heapUsed + external,
    streams,
    calls,
    sessions: sessions.size,
    pending: clientRequests.size,
    timers: clock.size,
    connections: await new Promise((resolve) => running.http.getConnections((_, count) => resolve(count))),
    aborted,
  };
}

async function post(message: object, headers: { [name: string]: string } = {}): Promise<Response> {
  const request = new Request(running.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
  const response = await running.handler(request);
  await response.text();
  if (!response.ok) throw new Error(`${JSON.stringify(message)}: ${response.status}`);
  return response;
}

async function open(): Promise<string> {
  const clientInfo = { name: "growth", version: "1.0.0" };
  const params = { protocolVersion: "2025-11-25", capabilities: { elicitation: {} }, clientInfo };
  const response = await post({ id: 1, method: "initialize", params });
  return response.headers.get("mcp-session-id") as string;
}

async function call(): Promise<void> {
  const version = "2026-07-28";
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name: "echo", arguments: { text: "hello" }, _meta };
  const headers = { "mcp-protocol-version": version, "mcp-method": "tools/call", "mcp-name": "echo" };
  await post({ id: 1, method: "tools/call", params }, headers);
}

async function perform(command: Command): Promise<Holdings> {
  switch (command.do) {
    case "look":
      return look();
    case "wait":
      await clock.advance(command.ms);
      break;
    case "open":
      for (let i = 0; i < command.sessions; i++) await open();
      break;
    case "ready": {
      const ids: string[] = [];
      for (let i = 0; i < command.sessions; i++) {
        const id = await open();
        await post({ method: "notifications/initialized" }, { "mcp-session-id": id });
        ids.push(id);
      }
      return { ...(await look()), ids };
    }
    case "call":
      for (let i = 0; i < command.times; i++) await call();
  }
  return measure();
}

process.on("message", async (command: Command) => {
  process.send?.(await perform(command));
});
process.send?.(running.port);
