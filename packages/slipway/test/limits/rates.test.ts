import { McpServer, type Principal } from "slipway";
import { limits, perHour, perMinute, trustedProxies } from "slipway/limits";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { httpTransports, matrix, openWire, type Reply } from "../support/index.ts";

const ADA: Principal = { subject: "ada", tenant: "acme" };
const BOB: Principal = { subject: "bob", tenant: "acme" };
const EVE: Principal = { subject: "eve", tenant: "evil" };

function makeServer() {
  const logger = recordingLogger();
  const server = new McpServer({ name: "limited", version: "1.0.0", logger });
  const called: string[] = [];
  for (const name of ["search", "other"]) {
    server.tool(name, {
      handler: () => {
        called.push(name);
        return name;
      },
    });
  }
  return { server, called };
}

/** Refused before the body was read: with a status, and no id. */
function expectRefused(reply: Reply, limit: string, seconds: number): void {
  expect(reply.status).toBe(429);
  expect(reply.headers.get("retry-after")).toBe(String(seconds));
  expect(reply.error).toMatchObject({ code: 429, data: { limit, retryAfter: seconds } });
  expect(reply.error.message).toContain(limit);
}

describe.each(httpTransports)("over %s", (transport) => {
  test("a principal that sends too much is refused, before its body is read, and no other is", async () => {
    const { server, called } = makeServer();
    const bounds = limits({ principal: perMinute(2) });
    const wire = await openWire(server, { transport, principal: ADA, limits: bounds });
    for (let i = 0; i < 2; i++) expect((await wire.callTool("search")).status).toBe(200);
    expectRefused(await wire.callTool("search"), "your rate", 30);
    // Nothing of it was looked at, not even whether it is JSON.
    expectRefused(await wire.send("{").reply(), "your rate", 30);
    expectRefused(await wire.exchange("GET").reply(), "your rate", 30);
    const bob = await wire.connect({ principal: BOB });
    expect((await bob.callTool("search")).status).toBe(200);
    expect(called).toHaveLength(3);
  });

  test("one who is held back takes nothing from the others of the tenant", async () => {
    const bounds = limits({ principal: perMinute(2), tenant: perMinute(5) });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    for (let i = 0; i < 20; i++) await wire.callTool("search");
    const bob = await wire.connect({ principal: BOB });
    const carl = await wire.connect({ principal: { subject: "carl", tenant: "acme" } });
    const eve = await wire.connect({ principal: EVE });
    for (let i = 0; i < 2; i++) expect((await bob.callTool("search")).status).toBe(200);
    expect((await carl.callTool("search")).status).toBe(200);
    expectRefused(await carl.callTool("search"), "the rate of your tenant", 12);
    expect((await eve.callTool("search")).status).toBe(200);
  });

  test("quotas hold for a day or a month", async () => {
    const bounds = limits({ quotas: { principal: { day: 2, month: 100 }, tenant: { month: 3 } } });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    for (let i = 0; i < 2; i++) expect((await wire.callTool("search")).status).toBe(200);
    const refused = await wire.callTool("search");
    expect(refused.status).toBe(429);
    expect(refused.error.data).toMatchObject({ limit: "your quota of a day" });
    const left = Number(refused.headers.get("retry-after"));
    const midnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1_000);
    expect(Math.abs(left - midnight)).toBeLessThan(5);
    const bob = await wire.connect({ principal: BOB });
    expect((await bob.callTool("search")).status).toBe(200);
    expect((await bob.callTool("search")).error.data).toMatchObject({
      limit: "the quota of your tenant of a month",
    });
  });

  test("a day's quota is there again at midnight of UTC", async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 1, 28, 23, 59, 30), toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const bounds = limits({ quotas: { principal: { day: 1, month: 2 } } });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    expect((await wire.callTool("search")).status).toBe(200);
    expect((await wire.callTool("search")).headers.get("retry-after")).toBe("30");
    vi.setSystemTime(Date.UTC(2026, 2, 1));
    expect((await wire.callTool("search")).status).toBe(200);
    expect((await wire.callTool("search")).error.data).toEqual({
      limit: "your quota of a day",
      retryAfter: 86_400,
    });
    vi.setSystemTime(Date.UTC(2026, 2, 2));
    expect((await wire.callTool("search")).status).toBe(200);
    vi.setSystemTime(Date.UTC(2026, 2, 3));
    expect((await wire.callTool("search")).error.data).toEqual({
      limit: "your quota of a month",
      retryAfter: 29 * 86_400,
    });
  });

  test("the messages of a batch count one by one", async () => {
    const { server, called } = makeServer();
    const bounds = limits({ principal: perMinute(8) });
    const wire = await openWire(server, { transport, era: "2025-03-26", principal: ADA, limits: bounds });
    const batch = (size: number) =>
      wire.send(
        Array.from({ length: size }, () => wire.message("tools/call", { name: "search" })),
        { headers: { "mcp-session-id": wire.sessionId ?? "" } },
      );
    // The handshake took two.
    expect((await batch(5).reply()).status).toBe(200);
    expectRefused(await batch(2).reply(), "your rate", 8);
    expect(called).toHaveLength(5);
  });

  test("what a browser asks first is not counted", async () => {
    const bounds = limits({ principal: perHour(1), address: perHour(1), addressOf: () => "192.0.2.1" });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    for (let i = 0; i < 3; i++) {
      const headers = { origin: "http://localhost", "access-control-request-method": "POST" };
      expect((await wire.exchange("OPTIONS", { headers }).reply()).status).toBe(204);
    }
    expect((await wire.callTool("search")).status).toBe(200);
  });

  test("a page that may call reads when it may call again", async () => {
    const bounds = limits({ principal: perMinute(1) });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    await wire.callTool("search");
    const refused = await wire.callTool("search", {}, { headers: { origin: "http://localhost" } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("access-control-allow-origin")).toBe("http://localhost");
    expect(refused.headers.get("access-control-expose-headers")).toMatch(/retry-after/i);
  });
});

describe("by address", () => {
  test("a flood is refused before anybody is asked who it is", async () => {
    let asked = 0;
    const wire = await openWire(makeServer().server, {
      transport: "node",
      limits: limits({ address: perMinute(3) }),
      authenticate: () => {
        asked++;
        return ADA;
      },
    });
    for (let i = 0; i < 3; i++) expect((await wire.callTool("search")).status).toBe(200);
    expectRefused(await wire.callTool("search"), "the rate of your address", 20);
    expect(asked).toBe(3);
  });

  test("clients behind a trusted proxy are told apart, whatever they write themselves", async () => {
    const bounds = limits({ address: perMinute(1), addressOf: trustedProxies(["127.0.0.0/8", "::1"]) });
    const wire = await openWire(makeServer().server, { transport: "node", limits: bounds });
    const from = (list: string) =>
      wire.callTool("search", {}, { headers: { "x-forwarded-for": list } }).then(({ status }) => status);
    expect(await from("203.0.113.1")).toBe(200);
    expect(await from("203.0.113.1")).toBe(429);
    expect(await from("1.2.3.4, 203.0.113.1")).toBe(429);
    expect(await from("203.0.113.2")).toBe(200);
    expect(await from("2001:db8::1")).toBe(200);
    expect(await from("2001:db8::2")).toBe(429);
  });

  test("without trusted proxies headers say nothing", async () => {
    const bounds = limits({ address: perMinute(1) });
    const wire = await openWire(makeServer().server, { transport: "node", limits: bounds });
    const from = (address: string) =>
      wire.callTool("search", {}, { headers: { "x-forwarded-for": address, forwarded: `for=${address}` } });
    expect((await from("203.0.113.1")).status).toBe(200);
    expect((await from("203.0.113.2")).status).toBe(429);
  });

  test("callers whom nobody authenticates are limited by their addresses", async () => {
    const bounds = limits({
      principal: perMinute(1),
      addressOf: ({ headers }) => headers.get("x-client") ?? undefined,
    });
    const wire = await openWire(makeServer().server, { transport: "fetch", limits: bounds });
    const from = (client: string) => wire.callTool("search", {}, { headers: { "x-client": client } });
    expect((await from("a")).status).toBe(200);
    expect((await from("a")).status).toBe(429);
    expect((await from("b")).status).toBe(200);
  });

  test("where the runtime tells no address, nobody is held back for another, and the log says so once", async () => {
    const logger = recordingLogger();
    const bounds = limits({ principal: perMinute(1), address: perMinute(1), logger });
    const wire = await openWire(makeServer().server, { transport: "fetch", limits: bounds });
    for (let i = 0; i < 3; i++) expect((await wire.callTool("search")).status).toBe(200);
    expect(logger.lines.map(({ message }) => message)).toEqual([expect.stringContaining("addressOf")]);
  });
});

describe.each(matrix())("for single tools, in $revision over $transport", ({ transport, revision, era }) => {
  const open = (options: Parameters<typeof limits>[0], server = makeServer().server) =>
    openWire(server, { transport, era: revision, limits: limits(options) });

  test("a call too many is answered with an error that says when to come again", async () => {
    const { server, called } = makeServer();
    const wire = await open({ tools: { search: { rate: perMinute(2) } } }, server);
    for (let i = 0; i < 2; i++) expect((await wire.callTool("search")).toolText).toBe("search");
    const refused = await wire.callTool("search");
    expect(refused.error).toEqual({
      code: 429,
      message: 'Too many requests: the rate of the tool "search". Try again in 30 seconds.',
      data: { limit: 'the rate of the tool "search"', retryAfter: 30 },
    });
    expect(refused.response?.id).toBeDefined();
    if (wire.overHttp && era === "modern") {
      expect(refused.status).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("30");
    }
    expect((await wire.callTool("other")).toolText).toBe("other");
    expect(called).toEqual(["search", "search", "other"]);
  });

  test("a tool has a quota for each caller", async () => {
    const wire = await open({ tools: { search: { quota: { month: 1 } } }, addressOf: () => "192.0.2.1" });
    expect((await wire.callTool("search")).toolText).toBe("search");
    expect((await wire.callTool("search")).error.data).toMatchObject({
      limit: 'your quota of the tool "search" of a month',
    });
  });

  test("names that every object has are no tools with limits", async () => {
    const wire = await open({ tools: { search: { rate: perMinute(1) } } });
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect((await wire.callTool(name)).error.code).toBe(-32602);
    }
  });
});

test.each(httpTransports)(
  "a tool's rate for each caller is each caller's own, over %s",
  async (transport) => {
    const bounds = limits({ tools: { search: { ratePerCaller: perMinute(1), rate: perMinute(2) } } });
    const wire = await openWire(makeServer().server, { transport, principal: ADA, limits: bounds });
    expect((await wire.callTool("search")).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      expect((await wire.callTool("search")).error.data).toMatchObject({
        limit: 'your rate of the tool "search"',
      });
    }
    const bob = await wire.connect({ principal: BOB });
    expect((await bob.callTool("search")).status).toBe(200);
    const eve = await wire.connect({ principal: EVE });
    expect((await eve.callTool("search")).error.data).toMatchObject({
      limit: 'the rate of the tool "search"',
    });
  },
);

test("on stdio the one caller is limited by its requests", async () => {
  const wire = await openWire(makeServer().server, {
    transport: "stdio",
    limits: limits({ principal: perMinute(2) }),
  });
  for (let i = 0; i < 2; i++) expect((await wire.callTool("search")).toolText).toBe("search");
  expect((await wire.callTool("search")).error).toMatchObject({ code: 429, data: { retryAfter: 30 } });
  expect((await wire.callTool("search")).error).toMatchObject({ code: 429 });
});

test("several transports count together when they have the same limits", async () => {
  const bounds = limits({ principal: perMinute(2) });
  const { server } = makeServer();
  const [node, fetch] = [
    await openWire(server, { transport: "node", principal: ADA, limits: bounds }),
    await openWire(server, { transport: "fetch", principal: ADA, limits: bounds }),
  ];
  expect((await node.callTool("search")).status).toBe(200);
  expect((await fetch.callTool("search")).status).toBe(200);
  expect((await node.callTool("search")).status).toBe(429);
  expect((await fetch.callTool("search")).status).toBe(429);
});

test("messages of HTTP+SSE are counted, those of a batch one by one", async () => {
  const bounds = limits({ principal: perMinute(4), tools: { search: { rate: perMinute(1) } } });
  const wire = await openWire(makeServer().server, {
    transport: "node",
    era: "2024-11-05",
    handshake: false,
    principal: ADA,
    limits: bounds,
    httpSse: true,
  });
  const stream = wire.exchange("GET", { path: "/sse", headers: { accept: "text/event-stream" } });
  const path = (await stream.nextEvent())?.data ?? "";
  const post = (message: object) =>
    wire
      .exchange("POST", {
        path,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(message),
      })
      .reply();
  const initialize = wire.message("initialize", {
    protocolVersion: "2024-11-05",
    capabilities: {},
    clientInfo: wire.clientInfo,
  });
  expect((await post(initialize)).status).toBe(202);
  await stream.nextEvent();
  const call = () => wire.message("tools/call", { name: "search" });
  expect((await post([call(), call(), call()])).status).toBe(429);
  expect((await post(call())).status).toBe(202);
  expect(JSON.parse((await stream.nextEvent())?.data ?? "")).toMatchObject({ result: {} });
  expect((await post(call())).status).toBe(429);
  stream.close();
});

test.each([
  [{ timeoutMs: 0 }, "timeoutMs"],
  [{ storeTimeoutMs: -1 }, "storeTimeoutMs"],
  [{ tools: { x: { timeoutMs: Number.NaN } } }, "tools.x.timeoutMs"],
  [{ quotas: { tenant: { day: 0 } } }, "quotas.tenant.day"],
  [{ tools: { x: { quota: { month: 1.5 } } } }, "tools.x.quota.month"],
  [{ inFlight: { total: 0 } }, "inFlight.total"],
])("%j is refused by the name of what is wrong", (options, name) => {
  expect(() => limits(options)).toThrow(`${name}: expected a positive`);
});
