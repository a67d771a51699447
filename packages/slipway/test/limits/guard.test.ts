import { InMemorySessionAdapter, McpServer, RpcError, ToolError } from "slipway";
import { type GuardOptions, guard } from "slipway/limits";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { gate, matrix, openWire, until, type Wire } from "../support/index.ts";

const RESET_MS = 10_000;

type Behaviour = () => unknown;

/** A server whose tool does what the test says at each call, and counts how often its handler was called. */
function makeServer(options: GuardOptions, fallback?: string | (() => string)) {
  const logger = recordingLogger();
  const server = new McpServer({ name: "guarded", version: "1.0.0", logger });
  const state = { calls: 0, does: (() => "fine") as Behaviour };
  server.tool("forecast", {
    guard: guard(options),
    ...(fallback !== undefined && { fallback }),
    handler: () => {
      state.calls++;
      return state.does() as string;
    },
  });
  return { server, state, logger };
}

function fails(): never {
  throw new Error("ECONNREFUSED");
}

const openOverFetch = (server: McpServer) => openWire(server, { transport: "fetch" });
const text = async (wire: Wire) => (await wire.callTool("forecast")).toolText;

describe("a circuit", () => {
  // How long it stays open is what these are about.
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date", "performance"] }));
  afterEach(() => vi.useRealTimers());

  const options: GuardOptions = { circuit: { failures: 3, resetMs: RESET_MS } };

  test("opens after failures in a row, lets one call try when its time is over, and closes when that succeeds", async () => {
    const { server, state, logger } = makeServer(options);
    const wire = await openOverFetch(server);
    state.does = fails;
    for (let i = 0; i < 2; i++) expect(await text(wire)).toMatch(/^Internal error \(reference/);
    state.does = () => "fine";
    expect(await text(wire)).toBe("fine");
    state.does = fails;
    for (let i = 0; i < 3; i++) expect(await text(wire)).toMatch(/^Internal error/);
    expect(state.calls).toBe(6);

    const refused = await wire.callTool("forecast");
    expect(refused.result).toMatchObject({ isError: true });
    expect(refused.toolText).toBe('The tool "forecast" is temporarily unavailable. Try again in 10 seconds.');
    vi.advanceTimersByTime(RESET_MS - 1);
    expect(await text(wire)).toBe('The tool "forecast" is temporarily unavailable. Try again in 1 second.');
    expect(state.calls).toBe(6);

    // Half open: the one that tries fails, and it is open again.
    vi.advanceTimersByTime(1);
    expect(await text(wire)).toMatch(/^Internal error/);
    expect(await text(wire)).toContain("temporarily unavailable");
    expect(state.calls).toBe(7);

    vi.advanceTimersByTime(RESET_MS);
    state.does = () => "fine";
    expect(await text(wire)).toBe("fine");
    state.does = fails;
    expect(await text(wire)).toMatch(/^Internal error/);
    state.does = () => "fine";
    expect(await text(wire)).toBe("fine");
    const told = logger.lines
      .filter(({ message }) => message.includes("circuit"))
      .map(({ message }) => message);
    expect(told).toEqual([
      'The circuit of the tool "forecast" is open: it is not called for 10000 ms.',
      'The circuit of the tool "forecast" is open: it is not called for 10000 ms.',
      'The circuit of the tool "forecast" is closed: it is called again.',
    ]);
  });

  test("lets one call try, and the others do not wait for it", async () => {
    const { server, state } = makeServer(options);
    const wire = await openOverFetch(server);
    state.does = fails;
    for (let i = 0; i < 3; i++) await text(wire);
    vi.advanceTimersByTime(RESET_MS);
    const release = gate();
    state.does = () => release.opened.then(() => "back");
    const trying = wire.startTool("forecast");
    await until(() => state.calls === 4, "one tries");
    for (let i = 0; i < 3; i++) expect(await text(wire)).toContain("temporarily unavailable");
    expect(state.calls).toBe(4);
    release.open();
    expect((await trying.reply()).toolText).toBe("back");
    expect(await text(wire)).toBe("back");
  });

  test("stays closed for errors by which a handler that works says something", async () => {
    const { server, state } = makeServer(options);
    const wire = await openOverFetch(server);
    state.does = () => {
      throw new ToolError("There is no such city.");
    };
    for (let i = 0; i < 10; i++) expect(await text(wire)).toBe("There is no such city.");
    state.does = () => {
      throw new RpcError(1, "No.");
    };
    for (let i = 0; i < 10; i++) expect((await wire.callTool("forecast")).error.code).toBe(1);
    expect(state.calls).toBe(20);
  });

  test("takes for a failure what it is told to", async () => {
    const { server, state } = makeServer({
      ...options,
      isFailure: (error) => error instanceof ToolError && error.message.includes("503"),
    });
    const wire = await openOverFetch(server);
    state.does = fails;
    for (let i = 0; i < 5; i++) await text(wire);
    state.does = () => {
      throw new ToolError("The service answered 503.");
    };
    for (let i = 0; i < 3; i++) expect(await text(wire)).toBe("The service answered 503.");
    expect(await text(wire)).toContain("temporarily unavailable");
    expect(state.calls).toBe(8);
  });

  test("is each tool's own, also where tools share a guard", async () => {
    const shared = guard(options);
    const server = new McpServer({ name: "two", version: "1", logger: recordingLogger() });
    server.tool("forecast", { guard: shared, handler: fails });
    server.tool("other", { guard: shared, handler: () => "fine" });
    const wire = await openOverFetch(server);
    for (let i = 0; i < 5; i++) await text(wire);
    expect(await text(wire)).toContain("temporarily unavailable");
    expect((await wire.callTool("other")).toolText).toBe("fine");
  });

  test("stays closed for calls that were given up", async () => {
    const { server, state } = makeServer({ circuit: { failures: 1 } });
    const wire = await openOverFetch(server);
    for (let calls = 1; calls <= 3; calls++) {
      const release = gate();
      state.does = () => release.opened.then(fails);
      const given = wire.startTool("forecast");
      await until(() => state.calls === calls, "it is at work");
      given.close();
      release.open();
      await until(() => wire.http.handler.load.calls === 0, "it has ended");
    }
    state.does = () => "fine";
    expect(await text(wire)).toBe("fine");
  });

  test("does not close because the call that tried was cancelled", async () => {
    const { server, state } = makeServer(options);
    const wire = await openOverFetch(server);
    state.does = fails;
    for (let i = 0; i < 3; i++) await text(wire);
    vi.advanceTimersByTime(RESET_MS);
    const release = gate();
    state.does = () => release.opened.then(fails);
    const trying = wire.startTool("forecast");
    await until(() => state.calls === 4, "one tries");
    trying.close();
    release.open();
    await until(() => wire.http.handler.load.calls === 0, "it has ended");
    state.does = () => "fine";
    expect(await text(wire)).toContain("temporarily unavailable");
    expect(state.calls).toBe(4);
  });
});

describe("a fallback", () => {
  const SORRY = "Error: Data source temporarily unavailable. Please try again in a few minutes.";

  test("that is a text is an error that the model reads, and the log has the cause", async () => {
    const { server, state, logger } = makeServer({}, SORRY);
    const wire = await openOverFetch(server);
    state.does = fails;
    const reply = await wire.callTool("forecast");
    expect(reply.result).toEqual(
      expect.objectContaining({ isError: true, content: [{ type: "text", text: SORRY }] }),
    );
    expect(logger.text()).toContain("ECONNREFUSED");
  });

  test("answers where the handler fails, takes too long, or is not called", async () => {
    const { server, state } = makeServer(
      { timeoutMs: 20, circuit: { failures: 2 } },
      () => "an hour ago: fine",
    );
    const wire = await openOverFetch(server);
    state.does = fails;
    expect(await text(wire)).toBe("an hour ago: fine");
    state.does = () => new Promise(() => {});
    expect(await text(wire)).toBe("an hour ago: fine");
    expect(state.calls).toBe(2);
    expect(await text(wire)).toBe("an hour ago: fine");
    expect(state.calls).toBe(2);
  });

  test("gets the arguments and the context, and its result is held to the schema", async () => {
    const server = new McpServer({ name: "typed", version: "1", logger: recordingLogger() });
    server.tool("forecast", {
      inputSchema: z.object({ city: z.string().transform((city) => city.toUpperCase()) }),
      outputSchema: z.object({ city: z.string(), old: z.boolean() }),
      guard: guard(),
      fallback: ({ city }, ctx) => ({ city: `${city} for ${ctx.client.info?.name}`, old: true }),
      handler: fails,
    });
    const wire = await openOverFetch(server);
    const reply = await wire.callTool("forecast", { city: "oslo" });
    expect(reply.result.structuredContent).toEqual({ city: "OSLO for wire", old: true });
    expect((await wire.callTool("forecast", { city: 7 })).toolText).toContain("do not fit its input schema");
  });

  test("does not hide what a handler that works says", async () => {
    const { server, state } = makeServer({}, SORRY);
    const wire = await openOverFetch(server);
    state.does = () => {
      throw new ToolError("There is no such city.");
    };
    expect(await text(wire)).toBe("There is no such city.");
  });

  test("without a guard is a mistake", () => {
    const server = new McpServer({ name: "x", version: "1" });
    expect(() => server.tool("t", { fallback: SORRY, handler: () => "" })).toThrow(
      "a fallback needs a guard",
    );
  });
});

describe.each(matrix())("in $revision over $transport", ({ transport, revision }) => {
  test("a guarded handler that asks its client is no failure", async () => {
    const server = new McpServer({ name: "asks", version: "1", logger: recordingLogger() });
    server.tool("forecast", {
      guard: guard({ circuit: { failures: 1 } }),
      fallback: "unavailable",
      handler: async (_args, ctx) => {
        const { action } = await ctx.elicit({ message: "Which city?", schema: z.object({}) });
        await ctx.step("look", () => 1);
        return action;
      },
    });
    const wire = await openWire(server, {
      transport,
      era: revision,
      sessionAdapter: new InMemorySessionAdapter(),
    });
    for (let i = 0; i < 3; i++) {
      const reply = await wire.callTool(
        "forecast",
        {},
        { answers: { "elicitation/create": { action: "decline" } } },
      );
      expect(reply.toolText).toBe("decline");
    }
  });
});

test("a handler that stays when its call was suspended has not failed when its time is over", async () => {
  const logger = recordingLogger();
  const server = new McpServer({ name: "asks", version: "1", logger });
  let fellBack = 0;
  server.tool("forecast", {
    guard: guard({ timeoutMs: 20 }),
    fallback: () => `${fellBack++}`,
    handler: async (_args, ctx) => {
      await ctx.elicit({ message: "Which city?", schema: z.object({}) }).catch(() => new Promise(() => {}));
      return "never";
    },
  });
  const wire = await openOverFetch(server);
  expect((await wire.callTool("forecast")).result).toMatchObject({ resultType: "input_required" });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(fellBack).toBe(0);
  expect(logger.lines).toEqual([]);
});

test.each([{ timeoutMs: 0 }, { circuit: { failures: 0 } }, { circuit: { resetMs: -1 } }])(
  "%j is refused",
  (options) => {
    const server = new McpServer({ name: "x", version: "1" });
    expect(() => server.tool("t", { guard: guard(options), handler: () => "" })).toThrow(
      /expected .*positive/,
    );
  },
);
