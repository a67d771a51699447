import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { McpServer, type Store } from "slipway";
import { type RunningServer, serve } from "slipway/node";
import { postgresStore } from "slipway/postgres";
import { redisStore } from "slipway/redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { STORES, type StoreName, type StoreServer, startStore } from "../chaos/stores.ts";

const AWAY = "The server cannot reach its store now: try again in a moment.";

function openStore(name: StoreName, url: string): Store {
  const options = { commandTimeoutMs: 1_000 };
  if (name === "postgres") return postgresStore(new Pool({ connectionString: url }), options);
  return redisStore(new Redis(url, { lazyConnect: true }), options);
}

/** Serves what needs a store and what does not, and can take the store away in the midst of a call. */
function makeServer(away: () => Promise<void>, effects: string[]): McpServer {
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const server = new McpServer({ name: "away", version: "1.0.0", logger });
  const baskets = server.handle("basket", { ttlMs: 60_000 });
  server.tool("plain", { handler: () => "done" });
  server.tool("basket", { handler: (_args, ctx) => baskets.create(ctx, {}) });
  server.resource("basket://new", { handler: (_uri, _variables, ctx) => baskets.create(ctx, {}) });
  server.tool("outage", {
    async handler(_args, ctx) {
      await away();
      return baskets.create(ctx, {});
    },
  });
  server.resource("basket://outage", {
    async handler(_uri, _variables, ctx) {
      await away();
      return baskets.create(ctx, {});
    },
  });
  server.tool("work", {
    task: "required",
    async handler(_args, ctx) {
      await ctx.step("first", () => void effects.push("first"));
      await ctx.step("second", async () => {
        await away();
        effects.push("second");
      });
      await ctx.step("third", () => void effects.push("third"));
      return "worked";
    },
  });
  return server;
}

interface Reply {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly session: string | null;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of any kind
  readonly message: any;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  const text = await response.text();
  const message = text === "" ? undefined : JSON.parse(text);
  return {
    status,
    retryAfter: headers.get("retry-after"),
    session: headers.get("mcp-session-id"),
    text,
    message,
  };
}

const JSON_HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

function modern(url: string, method: string, name: string, params: object): Promise<Reply> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
  };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": name };
  return send(url, {
    method: "POST",
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta } }),
  });
}

const sessionHeaders = (session: string) => ({
  "mcp-session-id": session,
  "mcp-protocol-version": "2025-11-25",
});

function legacy(url: string, session: string | null, message: object): Promise<Reply> {
  return send(url, {
    method: "POST",
    headers: { ...JSON_HEADERS, ...(session !== null && sessionHeaders(session)) },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

const INITIALIZE = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "client", version: "1" } },
};

const call = (name: string) => ({ id: 7, method: "tools/call", params: { name, arguments: {} } });
const read = (uri: string) => ({ id: 7, method: "resources/read", params: { uri } });

describe.each(STORES)("while %s is away", (name) => {
  let database: StoreServer;
  let store: Store;
  let running: RunningServer;
  let effects: string[];
  /** Takes the store away. */
  let outage: () => Promise<void>;

  beforeAll(async () => {
    database = await startStore(name);
  });

  afterAll(async () => {
    await database.remove();
  });

  beforeEach(async () => {
    effects = [];
    outage = () => database.stop();
    store = openStore(name, database.url);
    await store.ready();
    running = await serve(
      makeServer(() => outage(), effects),
      { port: 0, store },
    );
  });

  afterEach(async () => {
    await running.close(0);
    await store.close();
  });

  /** A refusal that says what is wrong, when to come back, and nothing of the store. */
  function expectRefused({ status, retryAfter, message, text }: Reply, id?: number): void {
    expect({ status, retryAfter, message }).toEqual({
      status: 503,
      retryAfter: "1",
      message: { jsonrpc: "2.0", ...(id !== undefined && { id }), error: { code: -32603, message: AWAY } },
    });
    expectNoLeak(text);
  }

  function expectNoLeak(text: string): void {
    expect(text).not.toMatch(/reference|ECONN|redis|postgres|answer|connection|127\.0\.0\.1/i);
  }

  test("what needs it is refused with 503 in both eras, and what does not is served", async () => {
    const { url } = running;
    const { session } = await legacy(url, null, INITIALIZE);
    expect((await legacy(url, session, call("basket"))).text).toContain("basket_");
    expect((await modern(url, "tools/call", "basket", call("basket").params)).text).toContain("basket_");
    await database.stop();
    const headers = sessionHeaders(session ?? "");
    const cancelled = { method: "notifications/cancelled", params: { requestId: 3 } };
    // At once, since each waits as long as a command may take.
    const [older, newer, plain] = await Promise.all([
      Promise.all([
        legacy(url, null, INITIALIZE),
        legacy(url, session, call("plain")),
        legacy(url, session, cancelled),
        legacy(url, session, { id: "question", result: {} }),
        send(url, { headers: { ...headers, accept: "text/event-stream" } }),
        send(url, { method: "DELETE", headers }),
      ]),
      Promise.all([
        modern(url, "resources/read", "basket://new", read("basket://new").params),
        modern(url, "tools/call", "work", call("work").params),
        modern(url, "tasks/get", "one", { taskId: "one" }),
      ]),
      modern(url, "tools/call", "plain", call("plain").params),
    ]);
    await database.start();
    for (const reply of older) expectRefused(reply);
    for (const reply of newer) expectRefused(reply, 7);
    expect([plain.status, plain.message.result.content[0].text]).toEqual([200, "done"]);
    await expect.poll(async () => (await legacy(url, session, call("plain"))).status).toBe(200);
  });

  test("calls that it leaves in their midst end with the same words", async () => {
    const { url } = running;
    const told = { result: { isError: true, content: [{ type: "text", text: AWAY }] } };
    const failed = { error: { code: -32603, message: AWAY } };
    const { session } = await legacy(url, null, INITIALIZE);
    let begun = 0;
    let gone = () => {};
    const stopped = new Promise<void>((resolve) => {
      gone = resolve;
    });
    outage = async () => {
      if (++begun === 4) await database.stop().then(gone);
      return stopped;
    };
    const replies = await Promise.all([
      legacy(url, session, call("outage")),
      modern(url, "tools/call", "outage", call("outage").params),
      legacy(url, session, read("basket://outage")),
      modern(url, "resources/read", "basket://outage", read("basket://outage").params),
    ]);
    await database.start();
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 503]);
    expect(replies.map(({ message }) => message)).toMatchObject([told, told, failed, failed]);
    for (const { text } of replies) expectNoLeak(text);
  });

  test("a task whose step cannot be kept waits for it, and then finishes", async () => {
    const { url } = running;
    const made = await modern(url, "tools/call", "work", call("work").params);
    const { taskId } = made.message.result;
    await expect.poll(() => effects).toEqual(["first", "second"]);
    // Longer than a command may take, so that the step has failed to be kept once at least.
    await pause(1_500);
    expect(effects).toEqual(["first", "second"]);
    await database.start();
    const look = () => modern(url, "tasks/get", taskId, { taskId });
    await expect
      .poll(async () => (await look()).message.result?.status, { timeout: 10_000 })
      .toBe("completed");
    expect((await look()).message.result.result.content[0].text).toBe("worked");
    expect(effects).toEqual(["first", "second", "third"]);
  });
});
