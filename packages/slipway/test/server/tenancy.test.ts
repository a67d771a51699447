import {
  InMemorySessionAdapter,
  McpServer,
  type Principal,
  type ServerFactory,
  StreamableHttpTransport,
  type StreamableHttpTransportOptions,
} from "slipway";
import { apiKeys, createApiKey } from "slipway/auth";
import { memoryStore } from "slipway/memory";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { gate, until } from "../support/index.ts";

const ADA: Principal = { subject: "ada", tenant: "one" };
const EVE: Principal = { subject: "eve", tenant: "one" };
const BOB: Principal = { subject: "bob", tenant: "two" };

afterEach(() => void vi.useRealTimers());

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

const modernHeaders = (method: string, name?: string) => ({
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": method,
  ...(name !== undefined && { "mcp-name": name }),
});

function serverOf(principal: Principal | undefined): McpServer {
  const owner = principal?.tenant ?? principal?.subject ?? "nobody";
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const notes = server.handle("note");
  return server
    .tool(`of-${owner}`, { handler: (_, ctx) => `${ctx.auth?.subject} at ${owner}` })
    .tool("write", { handler: (_, ctx) => notes.create(ctx, owner) })
    .tool("read", {
      inputSchema: { type: "object", properties: { id: { type: "string" } }, required: ["id"] } as const,
      handler: async ({ id }, ctx) => String((await notes.open(ctx, id)).value),
    })
    .tool("grow", {
      handler: () => {
        server.tool(`new-of-${owner}`, { handler: () => "" });
        return "";
      },
    });
}

function bind(factory: ServerFactory, options: StreamableHttpTransportOptions = {}) {
  const handler = new StreamableHttpTransport({ keepAliveMs: 0, ...options }).bind(factory);
  onTestFinished(() => handler.close());
  const post = (auth: Principal | undefined, message: object, headers: Record<string, string> = {}) =>
    handler(
      new Request("http://localhost/mcp", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }),
      }),
      auth === undefined ? {} : { auth },
    );
  const call = async (auth: Principal | undefined, name: string, args: object = {}) => {
    const params = { _meta: META, name, arguments: args };
    const response = await post(auth, { method: "tools/call", params }, modernHeaders("tools/call", name));
    const { result, error } = (await response.json()) as {
      result?: { content: { text: string }[]; isError?: boolean };
      error?: { message: string };
    };
    return result?.isError
      ? `refused: ${result.content[0]?.text}`
      : (result?.content[0]?.text ?? error?.message);
  };
  return { handler, post, call };
}

test("each tenant has a server of its own, made by its first request", async () => {
  const made: (string | undefined)[] = [];
  const { call } = bind((principal) => {
    made.push(principal?.tenant);
    return serverOf(principal);
  });
  expect(await Promise.all([call(ADA, "of-one"), call(EVE, "of-one"), call(BOB, "of-two")])).toEqual([
    "ada at one",
    "eve at one",
    "bob at two",
  ]);
  expect(await call(undefined, "of-nobody")).toBe("undefined at nobody");
  expect(await call(BOB, "of-one")).toMatch(/Unknown tool|not found/i);
  expect(made).toEqual(["one", "two", undefined]);
});

test("a principal without a tenant has a server of its own, and so has each principal on demand", async () => {
  const made: string[] = [];
  const factory: ServerFactory = (principal) => {
    made.push(principal?.subject ?? "");
    return serverOf(principal);
  };
  const shared = bind(factory);
  await shared.call({ subject: "one" }, "write");
  await shared.call({ subject: "ada", tenant: "one" }, "write");
  expect(made).toEqual(["one", "ada"]);
  const own = bind(factory, { tenancy: { per: "principal" } });
  await own.call(ADA, "write");
  await own.call(EVE, "write");
  await own.call(ADA, "write");
  expect(made).toEqual(["one", "ada", "ada", "eve"]);
  const byRegion = bind(factory, { tenancy: { per: (principal) => String(principal?.claims?.["region"]) } });
  await byRegion.call({ ...ADA, claims: { region: "eu" } }, "write");
  await byRegion.call({ ...BOB, claims: { region: "eu" } }, "write");
  expect(made).toHaveLength(5);
});

test("a session of one tenant does not exist for another", async () => {
  const { post } = bind(serverOf, { sessionAdapter: new InMemorySessionAdapter() });
  const capabilities = {};
  const clientInfo = { name: "c", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo };
  const opened = await post(ADA, { method: "initialize", params });
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  expect((await post(ADA, { method: "tools/list" }, session)).status).toBe(200);
  expect((await post(BOB, { method: "tools/list" }, session)).status).toBe(404);
  expect((await post(EVE, { method: "tools/list" }, session)).status).toBe(404);
});

test("a change of one tenant's tools is told to that tenant's clients alone, on every instance", async () => {
  const store = memoryStore();
  const [here, there] = [bind(serverOf, { store }), bind(serverOf, { store: store.instance() })];
  const listen = async (auth: Principal) => {
    const told: string[] = [];
    const response = await there.post(
      auth,
      {
        method: "subscriptions/listen",
        params: { _meta: META, notifications: { toolsListChanged: true } },
      },
      modernHeaders("subscriptions/listen"),
    );
    expect(response.status).toBe(200);
    void response.body
      ?.pipeThrough(new TextDecoderStream() as never)
      .pipeTo(new WritableStream({ write: (text: string) => void told.push(text) }));
    await until(() => told.join("").includes("acknowledged"), "it is acknowledged");
    return () => told.join("").includes("list_changed");
  };
  const [ada, bob] = [await listen(ADA), await listen(BOB)];
  await here.call(EVE, "grow");
  await until(ada, "Ada is told");
  expect(bob()).toBe(false);
});

test("a server that nobody uses is let go, and what it kept is found by the next", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const closed: McpServer[] = [];
  let made = 0;
  const { call } = bind(
    (principal) => {
      made++;
      return serverOf(principal);
    },
    { tenancy: { idleMs: 60_000, onClose: (server) => void closed.push(server) } },
  );
  const note = (await call(ADA, "write")) ?? "";
  expect(await call(ADA, "read", { id: note })).toBe("one");
  await vi.advanceTimersByTimeAsync(120_000);
  expect(closed).toHaveLength(1);
  expect(await call(ADA, "read", { id: note })).toBe("one");
  expect(await call(BOB, "read", { id: note })).toMatch(/^refused/);
  expect(made).toBe(3);
});

test("one tenant more than may be is refused while all are in use, and takes an idle one's place", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const { call, post } = bind(serverOf, { tenancy: { maxServers: 1 } });
  expect(await call(ADA, "of-one")).toBe("ada at one");
  const refused = await post(BOB, { method: "tools/list" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
  expect(await refused.json()).toMatchObject({
    error: { message: "The server has no room for another tenant now: try again later." },
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await call(BOB, "of-two")).toBe("bob at two");
});

test("a factory that fails is answered without its words, and asked again", async () => {
  const logger = recordingLogger();
  let attempts = 0;
  const { post, call } = bind(
    (principal) => {
      if (attempts++ === 0) throw new Error("postgres://user:secret@host");
      return serverOf(principal);
    },
    { tenancy: { logger } },
  );
  const failed = await post(ADA, { method: "tools/list" });
  expect(failed.status).toBe(500);
  expect(await failed.text()).toMatch(/"Internal error \(reference [-0-9a-f]{36}\)"/);
  expect(logger.text()).toContain("A request failed unexpectedly");
  expect(await call(ADA, "of-one")).toBe("ada at one");
});

test("a factory that returns no server is a fault of the program, and said so in the log", async () => {
  const logger = recordingLogger();
  const { post } = bind(() => ({}) as never, { tenancy: { logger } });
  expect((await post(ADA, { method: "tools/list" })).status).toBe(500);
  expect(logger.lines).toMatchObject([
    { details: [{ message: "The function given to bind must return an McpServer, got [object Object]." }] },
  ]);
});

test("who calls is found out before a server is made for them", async () => {
  const made: string[] = [];
  const keys = ["one", "two"].map((tenant) => ({ tenant, subject: "ada", ...createApiKey(tenant) }));
  const { post } = bind(
    (principal) => {
      made.push(principal?.tenant ?? "");
      return serverOf(principal);
    },
    { auth: apiKeys({ keys: keys.map(({ tenant, subject, hash }) => ({ tenant, subject, hash })) }) },
  );
  const list = async (key: string) => {
    const listed = await post(undefined, { method: "tools/list" }, { authorization: `Bearer ${key}` });
    return [listed.status, /of-(one|two)/.exec(await listed.text())?.[1]];
  };
  expect(await list("guessed")).toEqual([401, undefined]);
  expect(made).toEqual([]);
  expect(await list(keys[0]?.key ?? "")).toEqual([200, "one"]);
  expect(await list(keys[1]?.key ?? "")).toEqual([200, "two"]);
  expect(made).toEqual(["one", "two"]);
});

test.each([{ maxServers: 0 }, { idleMs: -1 }])("refuses the bounds %j when it is bound", (tenancy) => {
  expect(() => new StreamableHttpTransport({ tenancy }).bind(serverOf)).toThrow(
    /^tenancy\.\w+: expected a positive integer/,
  );
});

test("a server that closes makes none for tenants that come now, and serves what is at work for the others", async () => {
  const held = gate();
  const made: (string | undefined)[] = [];
  const { handler, call, post } = bind((principal) => {
    made.push(principal?.tenant);
    return serverOf(principal).tool("hold", { handler: () => held.opened.then(() => "held") });
  });
  const holding = call(ADA, "hold");
  await until(() => handler.load.calls === 1, "the call runs");
  const closed = handler.close(60_000);
  for (const principal of [ADA, BOB]) {
    const refused = await post(principal, { method: "tools/list" });
    expect(refused.status).toBe(503);
    expect(await refused.text()).toMatch(/shutting down/);
  }
  expect(made).toEqual(["one"]);
  held.open();
  expect(await holding).toBe("held");
  await closed;
});

test("closing ends the servers of all tenants", async () => {
  const closed: McpServer[] = [];
  const { handler, call } = bind(serverOf, { tenancy: { onClose: (server) => void closed.push(server) } });
  await call(ADA, "of-one");
  await call(BOB, "of-two");
  expect(handler.load).toMatchObject({ streams: 0, calls: 0 });
  await handler.close();
  expect(closed).toHaveLength(2);
});
