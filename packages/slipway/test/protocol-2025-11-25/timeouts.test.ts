import { InMemoryClientRequestAdapter, McpServer } from "slipway";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gate, openWire, transports, until } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

// A clock that stands still, but for those who speak over sockets, and those who wait for them.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function makeServer() {
  const server = new McpServer({ name: "timeouts", version: "1.0.0", logger: silent });
  const ended = new Map<string, string>();
  server.tool("ask", {
    inputSchema: {
      type: "object",
      properties: { name: { type: "string" }, timeoutMs: { type: "integer" } },
      required: ["name"],
    } as const,
    handler: async ({ name, timeoutMs }, ctx) => {
      const message = { role: "user" as const, content: { type: "text" as const, text: name } };
      try {
        await ctx.sample({ messages: [message], maxTokens: 1, timeoutMs });
        ended.set(name, "answered");
      } catch (error) {
        ended.set(name, (error as Error).name);
        throw error;
      }
      return name;
    },
  });
  return { server, ended };
}

const answer = { role: "assistant", content: { type: "text", text: "." }, model: "m" };

describe.each(transports)("a question without answer over %s", (transport) => {
  test("ends after the default time, and is cancelled; an answer after that changes nothing [2025-11-25/lifecycle/request-timeout] [2025-11-25/lifecycle/timeout-cancels] [2025-11-25/cancellation/only-own-requests] [2025-11-25/cancellation/request-id-given] [2025-11-25/cancellation/late-answer-ignored]", async () => {
    const { server, ended } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const stream = wire.startTool("ask", { name: "a" });
    const { id } = await stream.nextOf("sampling/createMessage");
    await vi.advanceTimersByTimeAsync(5 * 60_000 - 1);
    expect(ended.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await until(() => ended.get("a") === "ClientRequestTimeoutError", "the question has ended");
    await stream.ended;
    const cancelled = wire.received.filter(({ method }) => method === "notifications/cancelled");
    expect(cancelled.map(({ params }) => params.requestId)).toEqual([id]);
    expect(cancelled[0]?.params.reason).toMatch(/\S/);
    const late = await wire.respond(id, answer);
    if (wire.overHttp) expect(late.status).toBe(202);
    expect((await wire.request("ping")).result).toEqual({});
    expect(ended).toEqual(new Map([["a", "ClientRequestTimeoutError"]]));
  });

  test("ends after its own time [2025-11-25/lifecycle/timeout-per-request]", async () => {
    const { server, ended } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const [short, long] = [
      wire.startTool("ask", { name: "short", timeoutMs: 1_000 }),
      wire.startTool("ask", { name: "long", timeoutMs: 5_000 }),
    ];
    await until(
      () => wire.received.filter(({ method }) => method === "sampling/createMessage").length === 2,
      "both asked",
    );
    await vi.advanceTimersByTimeAsync(2_000);
    await short?.ended;
    expect(ended).toEqual(new Map([["short", "ClientRequestTimeoutError"]]));
    const asked = wire.received.find(({ params }) => params?.messages?.[0].content.text === "long");
    await wire.respond(asked?.id, answer);
    expect((await long?.reply())?.toolText).toBe("long");
    expect(ended.get("long")).toBe("answered");
  });

  test("ends after the time that the adapter was given", async () => {
    const { server, ended } = makeServer();
    const clientRequestAdapter = new InMemoryClientRequestAdapter({ defaultTimeoutMs: 50 });
    const wire = await openWire(server, { transport, era: REVISION, clientRequestAdapter });
    const stream = wire.startTool("ask", { name: "a" });
    await stream.nextOf("sampling/createMessage");
    await vi.advanceTimersByTimeAsync(50);
    await stream.ended;
    expect(ended.get("a")).toBe("ClientRequestTimeoutError");
  });

  test("is not prolonged by progress that the client reports [2025-11-25/lifecycle/timeout-maximum]", async () => {
    const { server, ended } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const stream = wire.startTool("ask", { name: "a", timeoutMs: 3_000 });
    const { id, params } = await stream.nextOf("sampling/createMessage");
    for (let progress = 1; progress <= 3; progress++) {
      await wire.notify("notifications/progress", {
        progressToken: params._meta?.progressToken ?? id,
        progress,
      });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await stream.ended;
    expect(ended.get("a")).toBe("ClientRequestTimeoutError");
  });

  test("ends its call in words that say what was waited for, and nothing else [2025-11-25/lifecycle/timeouts-handled]", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const stream = wire.startTool("ask", { name: "a", timeoutMs: 1_500 });
    await stream.nextOf("sampling/createMessage");
    await vi.advanceTimersByTimeAsync(1_500);
    const reply = await stream.reply();
    expect(reply.result.isError).toBe(true);
    expect(reply.toolText).toContain("sampling/createMessage");
    expect(reply.toolText).toContain("1500 ms");
    const next = await wire.callTool("ask", { name: "b" }, { answers: { "sampling/createMessage": answer } });
    expect(next.toolText).toBe("b");
  });
});

test.each(transports)(
  "a question that was answered is not cancelled afterwards, over %s [2025-11-25/cancellation/only-open-requests]",
  async (transport) => {
    const release = gate();
    let answered = 0;
    const server = new McpServer({ name: "answered", version: "1.0.0", logger: silent }).tool("ask", {
      handler: async (_, ctx) => {
        await ctx.listRoots({ timeoutMs: 1_000 });
        answered++;
        await release.opened;
        return "asked";
      },
    });
    const wire = await openWire(server, { transport, era: REVISION });
    wire.startTool("ask", {}, { id: "first" });
    const second = wire.startTool("ask", {}, { id: "second" });
    const asks = () => wire.received.filter(({ method }) => method === "roots/list");
    await until(() => asks().length === 2, "both have asked");
    for (const { id } of asks()) await wire.respond(id, { roots: [] });
    await until(() => answered === 2, "both have their answer");
    await wire.notify("notifications/cancelled", { requestId: "first" });
    await vi.advanceTimersByTimeAsync(10_000);
    release.open();
    expect((await second.reply()).toolText).toBe("asked");
    expect(wire.received.filter(({ method }) => method === "notifications/cancelled")).toEqual([]);
  },
);
