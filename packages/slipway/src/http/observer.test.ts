import { expect, test } from "vitest";
import { z } from "zod";
import { McpServer, type Observer, type Refusal } from "../server/index.ts";
import { InMemorySessionAdapter } from "../stores/memory/index.ts";
import { StreamableHttpTransport, type StreamableHttpTransportOptions } from "./index.ts";

function bound(observe: Observer, options: StreamableHttpTransportOptions = {}) {
  const server = new McpServer({ name: "watched", version: "1.0.0" });
  server.tool("greet", { handler: () => "hello" });
  return new StreamableHttpTransport({ ...options, observe }).bind(server);
}

function post(message: unknown, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(message),
  });
}

const greet = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "greet" } };

const initialize = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  },
};

test("an observer serves calls, around what refuses them", async () => {
  const seen: string[] = [];
  const observe: Observer = {
    serve: async (call, next) => {
      const outcome = await next(call);
      seen.push(`${call.method} ${outcome.kind}`);
      return outcome;
    },
  };
  const limits = {
    admitAddress: () => {},
    admitCaller: () => {},
    serve: () => {
      seen.push("refused");
      return { kind: "complete" as const, result: { content: [] } };
    },
  };
  expect((await bound(observe, { limits })(post(greet))).status).toBe(200);
  expect(seen).toEqual(["refused", "tools/call complete"]);
});

test("an observer sees what is refused before it is a call", async () => {
  const refused: Refusal[] = [];
  const handler = bound({ serve: (call, next) => next(call), refused: (refusal) => refused.push(refusal) });
  const response = await handler(post([1, 2], { "user-agent": "stranger" }));
  expect(response.status).toBe(400);
  expect(refused).toMatchObject([{ method: "POST", status: 400 }]);
  const [first] = refused;
  if (first?.transport !== "http") throw new Error("It did not come over HTTP.");
  expect(first.request.headers.get("user-agent")).toBe("stranger");
});

test("an observer sees modern requests that are refused for what their headers lack", async () => {
  const refused: Refusal[] = [];
  const handler = bound({ serve: (call, next) => next(call), refused: (refusal) => refused.push(refusal) });
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { ...greet, params: { name: "greet", arguments: {}, _meta } };
  const response = await handler(post(message, { "mcp-protocol-version": "2026-07-28" }));
  expect(response.status).toBe(400);
  expect(refused).toMatchObject([{ method: "POST", status: 400, error: { code: -32020 } }]);
});

test("an observer sees sessions come and go, and what is open", async () => {
  const happened: string[] = [];
  let load = () => ({ streams: -1, calls: -1, sessions: -1, tasks: -1, asks: -1 });
  let watching = false;
  const handler = bound(
    {
      serve: (call, next) => next(call),
      happened: ({ kind }) => happened.push(kind),
      watch: (given) => {
        load = given;
        watching = true;
        return () => {
          watching = false;
        };
      },
    },
    { sessionAdapter: new InMemorySessionAdapter() },
  );
  const session = (await handler(post(initialize))).headers.get("mcp-session-id") as string;
  const headers = { "mcp-session-id": session, accept: "text/event-stream" };
  const listening = new AbortController();
  await handler(new Request("http://127.0.0.1/mcp", { headers, signal: listening.signal }));
  expect(load()).toEqual({ streams: 1, calls: 0, sessions: 1, tasks: 0, asks: 0 });
  await handler(new Request("http://127.0.0.1/mcp", { method: "DELETE", headers }));
  expect(happened).toEqual(["session-opened", "handshake", "session-ended"]);
  expect(load()).toMatchObject({ streams: 0, sessions: 0 });
  expect(watching).toBe(true);
  await handler.close();
  expect(watching).toBe(false);
});

test("an observer may put adapters of its own in the place of what is given", async () => {
  const ports: string[] = [];
  const given = new InMemorySessionAdapter();
  const used = new InMemorySessionAdapter();
  const handler = bound(
    {
      serve: (call, next) => next(call),
      adapter: (port, adapter) => {
        ports.push(port);
        return port === "sessions" ? (used as unknown as typeof adapter) : adapter;
      },
    },
    { sessionAdapter: given },
  );
  const session = (await handler(post(initialize))).headers.get("mcp-session-id") as string;
  expect([given.has(session), used.has(session)]).toEqual([false, true]);
  expect(ports.sort()).toEqual(["clientRequests", "handles", "sessions", "tasks"]);
});

test("what watches a call goes with its questions and its journal, and changes neither", async () => {
  const server = new McpServer({ name: "watched", version: "1.0.0" });
  server.tool("ask", {
    handler: async (_, ctx) => {
      const { action } = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
      return `It is ${action}.`;
    },
  });
  let run = 0;
  const cameFrom: string[] = [];
  const observe: Observer = {
    serve: (call, next) => {
      const trace = `run ${++run}`;
      const asking = () => ({ meta: { traceparent: trace } });
      call.watch = { trace, asking, continues: (earlier) => cameFrom.push(earlier) };
      return next(call);
    },
  };
  const handler = new StreamableHttpTransport({ observe }).bind(server);
  const ask = async (more: object) => {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
    };
    const params = { name: "ask", arguments: {}, _meta, ...more };
    const headers = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "ask",
    };
    const response = await handler(post({ jsonrpc: "2.0", id: 1, method: "tools/call", params }, headers));
    return ((await response.json()) as { result: Record<string, never> }).result;
  };
  const asked = await ask({});
  expect(asked).toMatchObject({
    inputRequests: { elicitation: { params: { message: "Sure?", _meta: { traceparent: "run 1" } } } },
  });
  const { requestState } = asked;
  const inputResponses = { elicitation: { action: "decline" } };
  const done = await ask({ requestState, inputResponses });
  expect(done["content"]).toEqual([{ type: "text", text: "It is decline." }]);
  expect(cameFrom).toEqual(["run 1"]);
});

test("an error that is not for the client names the call by its correlation id", async () => {
  const found: (string | undefined)[] = [];
  const observe: Observer = {
    serve: (call, next) => {
      call.correlationId = "the-call";
      const outcome = next(call);
      found.push(call.feature);
      return outcome;
    },
  };
  const logged: string[] = [];
  const logger = { error: (text: string) => logged.push(text), warn() {}, info() {}, debug() {} };
  const server = new McpServer({ name: "watched", version: "1.0.0", logger });
  server.tool("fail", {
    handler: (_, ctx) => {
      throw new Error(`inside, as ${ctx.correlationId}`);
    },
  });
  const handler = new StreamableHttpTransport({ observe }).bind(server);
  const call = (name: string) =>
    handler(post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } }));
  expect(await (await call("fail")).text()).toContain("Internal error (reference the-call)");
  expect(logged).toEqual(["tools/call failed unexpectedly (reference the-call)"]);
  await call("made-up");
  expect(found).toEqual(["fail", undefined]);
});
