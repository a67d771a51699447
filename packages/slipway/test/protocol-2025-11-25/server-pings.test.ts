import { type Logger, McpServer } from "slipway";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { httpTransports, type Message, openWire, transports, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function makeServer(logger: Logger = silent) {
  const server = new McpServer({ name: "pings", version: "1.0.0", logger });
  const failures: string[] = [];
  server.tool("ask", {
    handler: async (_, ctx) => {
      await ctx.listRoots().catch((error: Error) => {
        failures.push(error.message);
        throw error;
      });
    },
  });
  return { server, failures };
}

const pings = (wire: Wire): Message[] => wire.received.filter(({ method }) => method === "ping");

/** Lets time go by, and what is on its way arrive. */
async function pass(wire: Wire, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(wire.received.length).toBeGreaterThan(0);
}

describe.each(transports)("pings of the server over %s", (transport) => {
  /** A client that listens, with pings as they are given. */
  async function open(
    server: McpServer,
    ping: { pingIntervalMs?: number; pingTimeoutMs?: number },
    era: string = REVISION,
  ) {
    const wire = await openWire(server, { transport, era, ...ping, stdio: ping });
    const listening = wire.overHttp ? wire.get() : wire.stdio.wait({ all: true });
    await listening.head;
    await wire.notify("notifications/initialized");
    return { wire, listening };
  }

  test("come when the client has been silent for the interval, again and again [2025-11-25/ping/sent-periodically]", async () => {
    const { wire } = await open(makeServer().server, { pingIntervalMs: 5_000 });
    await pass(wire, 4_999);
    expect(pings(wire)).toEqual([]);
    for (let count = 1; count <= 3; count++) {
      await pass(wire, count === 1 ? 1 : 5_000);
      await until(() => pings(wire).length === count, "the ping has come");
      const ping = pings(wire).at(-1);
      expect(ping).toEqual({ jsonrpc: "2.0", id: expect.stringMatching(/./), method: "ping" });
      await wire.respond(ping?.id, {});
    }
    expect(new Set(pings(wire).map(({ id }) => id)).size).toBe(3);
  });

  test("come as often as was chosen, and never unless it was [2025-11-25/ping/interval-configurable]", async () => {
    const rare = await open(makeServer().server, { pingIntervalMs: 60_000 });
    const never = await open(makeServer().server, { pingIntervalMs: 0 });
    const standard = await open(makeServer().server, {});
    await pass(rare.wire, 59_999);
    expect(pings(rare.wire)).toEqual([]);
    await pass(rare.wire, 1);
    await until(() => pings(rare.wire).length === 1, "the ping has come");
    await pass(never.wire, 10 * 60_000);
    expect(pings(never.wire)).toEqual([]);
    expect(pings(standard.wire)).toEqual([]);
  });

  test("do not come while the client says something, nor while one is unanswered [2025-11-25/ping/not-excessive]", async () => {
    const { wire } = await open(makeServer().server, { pingIntervalMs: 5_000, pingTimeoutMs: 60_000 });
    for (let i = 0; i < 10; i++) {
      await pass(wire, 4_000);
      expect((await wire.request("ping")).result).toEqual({});
    }
    expect(pings(wire)).toEqual([]);
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 1, "the ping has come");
    await pass(wire, 50_000);
    expect(pings(wire)).toHaveLength(1);
  });

  test("may take as long as the timeout says, and no longer [2025-11-25/ping/timeout-fits] [2025-11-25/ping/timeout-is-failure] [2025-11-25/ping/failures-logged]", async () => {
    const warnings: string[] = [];
    const errors: string[] = [];
    const logger = {
      ...silent,
      warn: (message: string) => void warnings.push(message),
      error: (message: string) => void errors.push(message),
    };
    const { server, failures } = makeServer(logger);
    const { wire, listening } = await open(server, { pingIntervalMs: 5_000, pingTimeoutMs: 2_000 });
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 1, "the ping has come");
    await pass(wire, 1_999);
    await wire.respond(pings(wire)[0]?.id, {});
    await pass(wire, 4_999);
    expect(warnings).toEqual([]);

    const call = wire.startTool("ask");
    await until(() => wire.received.some(({ method }) => method === "roots/list"), "the question was asked");
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 2, "the next ping has come");
    await pass(wire, 2_000);
    await listening.ended;
    await until(() => failures.length === 1, "the question has ended");
    expect(failures[0]).toMatch(/did not answer a ping within 2000 ms/);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/did not answer a ping within 2000 ms/);
    // That a client has gone is no fault of the handler that asked it.
    expect(errors).toEqual([]);
    if (wire.overHttp) {
      expect(warnings[0]).toContain(wire.sessionId);
      await call.ended;
      // The session is there for a client that comes back.
      const back = wire.get();
      await back.head;
      await pass(wire, 5_000);
      await until(() => pings(wire).length === 3, "pings come again");
    } else await wire.stdio.server.closed;
  });

  test("may be answered with an error, which is a sign of life, too", async () => {
    const warnings: string[] = [];
    const { server } = makeServer({ ...silent, warn: (message) => void warnings.push(message) });
    const { wire } = await open(server, { pingIntervalMs: 5_000, pingTimeoutMs: 1_000 });
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 1, "the ping has come");
    await wire.respond(pings(wire)[0]?.id, { error: { code: -32601, message: "What?" } });
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 2, "the next ping has come");
    expect(warnings).toEqual([]);
  });

  test.each(["2024-11-05", "2025-03-26", "2025-06-18"])("come to clients of %s as well", async (era) => {
    const { wire } = await open(makeServer().server, { pingIntervalMs: 5_000 }, era);
    await pass(wire, 5_000);
    await until(() => pings(wire).length === 1, "the ping has come");
  });
});

test.each(httpTransports)("a client that does not listen is sent no pings, over %s", async (transport) => {
  const { server } = makeServer();
  const wire = await openWire(server, {
    transport,
    era: REVISION,
    pingIntervalMs: 1_000,
    pingTimeoutMs: 500,
  });
  const listening = wire.get();
  await listening.nextEvent();
  listening.close();
  await until(() => wire.http.handler.load.streams === 0, "the server saw the client leave");
  await pass(wire, 10_000);
  const back = wire.resume(listening.events.items[0]?.id ?? "");
  await back.head;
  await pass(wire, 1_000);
  await until(() => pings(wire).length === 1, "a ping has come");
});
