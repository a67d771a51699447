import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { apiKeys, createApiKey } from "../../auth/index.ts";
import { StreamableHttpTransport, type StreamableHttpTransportOptions } from "../../http/index.ts";
import { limits, perHour } from "../../limits/index.ts";
import { StoreUnavailableError } from "../../ports/index.ts";
import { McpServer } from "../../server/index.ts";
import { type StdioOptions, type StdioServer, serveStdio } from "../../stdio/index.ts";
import { InMemorySessionAdapter } from "../../stores/memory/index.ts";
import { type Observing, observe } from "../index.ts";
import { ATTRIBUTES } from "./definitions.ts";
import type { Reason } from "./refusals.ts";

const URL = "http://127.0.0.1/mcp";
const KEY = createApiKey();
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const JSON_TYPES = { "content-type": "application/json", accept: "application/json, text/event-stream" };

type Handle = (request: Request) => Promise<Response>;

/** A call that waits. */
interface Held {
  readonly begun: Promise<void>;
  release(): void;
}

interface Case {
  readonly options?: StreamableHttpTransportOptions;
  /** Sends what is refused, once, and what has to come before it. */
  send(handle: Handle & { close(graceMs?: number): Promise<void> }, held: Held): Promise<unknown>;
}

function post(body: unknown, headers: { [name: string]: string } = {}): Request {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(URL, { method: "POST", headers: { ...JSON_TYPES, ...headers }, body: text });
}

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
const call = (name: string) => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } });

function initialize(): Request {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  return post({ jsonrpc: "2.0", id: 0, method: "initialize", params });
}

async function open(handle: Handle): Promise<{ [name: string]: string }> {
  const { headers } = await handle(initialize());
  return { "mcp-session-id": headers.get("mcp-session-id") ?? "" };
}

const sessions = () => ({ sessionAdapter: new InMemorySessionAdapter({ maxSessions: 1 }) });

const CASES: { readonly [reason in Reason]: Case } = {
  unauthenticated: {
    options: { auth: apiKeys({ keys: [] }) },
    send: (handle) => handle(post(ping, { authorization: "Bearer wrong" })),
  },
  scope: {
    options: { auth: apiKeys({ keys: [{ hash: KEY.hash, subject: "one" }] }) },
    send: (handle) => handle(post(call("guarded"), { authorization: `Bearer ${KEY.key}` })),
  },
  origin: { send: (handle) => handle(post(ping, { origin: "https://evil.example" })) },
  rate_limit: {
    options: { limits: limits({ principal: perHour(1) }), authenticate: () => ({ subject: "one" }) },
    async send(handle) {
      await handle(post(ping));
      await handle(post(ping));
    },
  },
  too_many_streams: {
    options: { ...sessions(), maxStreamsPerSession: 1 },
    async send(handle) {
      const headers = { ...(await open(handle)), accept: "text/event-stream" };
      await handle(new Request(URL, { headers }));
      await handle(new Request(URL, { headers }));
    },
  },
  no_room: {
    options: sessions(),
    async send(handle) {
      await handle(initialize());
      await handle(initialize());
    },
  },
  shutting_down: {
    async send(handle, { begun, release }) {
      const held = handle(post(call("hold")));
      await begun;
      const closed = handle.close(10_000);
      await handle(post(ping));
      release();
      await Promise.all([held, closed]);
    },
  },
  unavailable: {
    options: {
      sessionAdapter: Object.assign(new InMemorySessionAdapter(), {
        get: () => Promise.reject(new StoreUnavailableError("away")),
      }),
    },
    send: (handle) => handle(post(ping, { "mcp-session-id": "any" })),
  },
  unknown_session: {
    options: sessions(),
    send: (handle) => handle(post(ping, { "mcp-session-id": "any" })),
  },
  events_gone: {
    options: sessions(),
    async send(handle) {
      const headers = { ...(await open(handle)), accept: "text/event-stream", "last-event-id": "gone" };
      await handle(new Request(URL, { headers }));
    },
  },
  unsupported_version: { send: (handle) => handle(post(ping, { "mcp-protocol-version": "1999-01-01" })) },
  too_large: {
    options: { maxBodyBytes: 10 },
    send: (handle) => handle(post(ping)),
  },
  bad_request: { send: (handle) => handle(post("{")) },
  internal: {
    options: {
      authenticate: () => {
        throw new Error("for the log only");
      },
    },
    send: (handle) => handle(post(ping)),
  },
};

test.each(Object.entries(CASES))("%s is counted as such, once", async (reason, { options, send }) => {
  const observing = await observe({ metrics: { openTelemetry: false } });
  const { server, held } = holding();
  server.tool("guarded", { scopes: ["admin"], handler: () => "in" });
  const handle = new StreamableHttpTransport({ ...options, observe: observing }).bind(server);
  await send(handle, held);
  expect(await counts(observing)).toEqual(only(reason as Reason));
  await handle.close();
  await observing.close();
});

interface StdioCase {
  readonly name: string;
  readonly reason: Reason;
  readonly options?: StdioOptions;
  /** Writes what is refused, once, and what has to come before it. */
  send(pipe: Pipe, held: Held): Promise<unknown>;
}

interface Pipe {
  readonly running: StdioServer;
  /** Writes a line. */
  write(line: unknown): void;
  /** Writes a line, and resolves with the next one that the server says. */
  ask(line: unknown): Promise<string>;
}

const notification = { jsonrpc: "2.0", method: "notifications/initialized" };

const STDIO_CASES: readonly StdioCase[] = [
  { name: "no JSON", reason: "bad_request", send: ({ ask }) => ask("{") },
  { name: "no JSON-RPC", reason: "bad_request", send: ({ ask }) => ask({ id: 1 }) },
  { name: "a batch", reason: "bad_request", send: ({ ask }) => ask([ping, ping]) },
  {
    name: "nested too deep",
    reason: "bad_request",
    options: { maxDepth: 2 },
    send: ({ ask }) => ask([[[]]]),
  },
  {
    name: "a notification that is malformed, which has no answer",
    reason: "bad_request",
    async send({ write, ask }) {
      write({ ...notification, params: 1 });
      await ask(ping);
    },
  },
  { name: "no handshake", reason: "bad_request", send: ({ ask }) => ask(call("hold")) },
  { name: "too long", reason: "too_large", options: { maxMessageBytes: 10 }, send: ({ ask }) => ask(ping) },
  {
    name: "an unknown revision",
    reason: "unsupported_version",
    send: ({ ask }) => ask(modern("hold", "2099-01-01")),
  },
  {
    name: "more than maxCalls",
    reason: "no_room",
    options: { maxCalls: 1 },
    async send({ write, ask }, { begun, release }) {
      write(modern("hold"));
      await begun;
      await ask(ping);
      release();
    },
  },
  {
    name: "a request while the server ends",
    reason: "shutting_down",
    async send({ running, write, ask }, { begun, release }) {
      write(modern("hold"));
      await begun;
      const closed = running.close();
      // From the next turn on.
      await new Promise((resolve) => setImmediate(resolve));
      await ask(ping);
      release();
      await closed;
    },
  },
];

test.each(STDIO_CASES)("over stdio, $name is counted as $reason, once", async ({ reason, options, send }) => {
  const observing = await observe({ metrics: { openTelemetry: false } });
  const { server, held } = holding();
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
  const running = serveStdio(server, { ...options, input, output, observe: observing });
  const write = (line: unknown) =>
    void input.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  const ask = (line: unknown) => {
    const said = new Promise<string>((resolve) => output.once("data", resolve));
    write(line);
    return said;
  };
  await send({ running, write, ask }, held);
  expect(await counts(observing)).toEqual(only(reason));
  await running.close();
  await observing.close();
});

function modern(name: string, version = "2026-07-28"): object {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return { jsonrpc: "2.0", id: "modern", method: "tools/call", params: { name, _meta } };
}

/** A server whose tool waits. */
function holding(): { server: McpServer; held: Held } {
  const server = new McpServer({ name: "refusing", version: "1.0.0", logger: quiet });
  const [begun, begin] = signal();
  const [released, release] = signal();
  server.tool("hold", {
    handler: async () => {
      begin();
      await released;
      return "held";
    },
  });
  return { server, held: { begun, release } };
}

/** How often something was refused for each reason. */
async function counts(observing: Observing): Promise<{ [reason: string]: number }> {
  const text = (await observing.endpoints["/metrics"]?.())?.body ?? "";
  const counted = [
    ...text.matchAll(/slipway_requests_refused_total\{slipway_refusal_reason="(\w+)"\} (\d+)/g),
  ];
  return Object.fromEntries(counted.map(([, name, count]) => [name, Number(count)]));
}

function only(reason: Reason): { [reason: string]: number } {
  const { values } = ATTRIBUTES["slipway.refusal.reason"];
  return Object.fromEntries(values.map((name) => [name, name === reason ? 1 : 0]));
}

function signal(): [promise: Promise<void>, fire: () => void] {
  let fire = () => {};
  const promise = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return [promise, fire];
}
