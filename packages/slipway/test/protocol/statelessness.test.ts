import { describe, expect, test } from "vitest";
import { gate, matrix, openWire } from "../support/index.ts";
import { AGREEING, emptyServer, fullServer, MODERN, NAME_FORM } from "./server.ts";

describe.each(matrix(MODERN))("statelessness over $transport", ({ transport }) => {
  test("what one request declared does not serve the next [2026-07-28/stateless/no-reliance-on-connection] [2026-07-28/meta/capabilities-not-inferred]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const bare = await wire.connect({ capabilities: {} });
    await wire.request("server/discover");
    expect((await wire.callTool("elicit")).result.resultType).toBe("input_required");
    expect((await bare.callTool("elicit")).error.code).toBe(-32021);
    expect((await wire.callTool("sample")).result.resultType).toBe("input_required");
    expect((await bare.callTool("sample")).error.code).toBe(-32021);
  });

  test("a request without its metadata is refused, whatever came before [2026-07-28/stateless/no-reliance-on-connection]", async () => {
    const wire = await openWire(fullServer(), { transport });
    expect((await wire.callTool("echo", { text: "a" })).toolText).toBe("a");
    expect((await wire.callTool("echo", { text: "b" }, { meta: null })).error.code).toBe(-32602);
    expect((await wire.callTool("echo", { text: "c" })).toolText).toBe("c");
  });

  test("the log level of one request is not that of the next [2026-07-28/stateless/no-reliance-on-connection]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const loud = await wire.callTool("report", {}, { meta: { "io.modelcontextprotocol/logLevel": "debug" } });
    expect(loud.notifications.map(({ method }) => method)).toEqual(["notifications/message"]);
    expect((await wire.callTool("report")).notifications).toEqual([]);
  });

  test("calls of two clients interleave, and each gets its own [2026-07-28/stateless/many-conversations]", async () => {
    const gates = new Map([
      ["a", gate()],
      ["b", gate()],
    ]);
    const server = emptyServer().tool("work", {
      inputSchema: { type: "object", properties: { who: { type: "string" } }, required: ["who"] } as const,
      handler: async ({ who }, ctx) => {
        await ctx.progress({ progress: 1, message: who });
        await gates.get(who)?.opened;
        await ctx.progress({ progress: 2, message: who });
        return `${who} for ${ctx.client.info?.name}`;
      },
    });
    const first = await openWire(server, { transport, clientInfo: { name: "first", version: "1" } });
    const second = await first.connect({ clientInfo: { name: "second", version: "1" } });
    const a = first.startTool("work", { who: "a" }, { meta: { progressToken: "ta" } });
    const b = second.startTool("work", { who: "b" }, { meta: { progressToken: "tb" } });
    await Promise.all([a.next(), b.next()]);
    gates.get("b")?.open();
    await b.ended;
    gates.get("a")?.open();
    for (const [stream, who, client] of [
      [a, "a", "first"],
      [b, "b", "second"],
    ] as const) {
      const reply = await stream.reply();
      expect(reply.toolText).toBe(`${who} for ${client}`);
      expect(reply.notifications.map(({ params }) => [params.progressToken, params.message])).toEqual([
        [`t${who}`, who],
        [`t${who}`, who],
      ]);
    }
  });

  test("a call goes on at another server with the same keys [2026-07-28/stateless/any-connection] [2026-07-28/stateless/explicit-identifiers]", async () => {
    const requestState = { secrets: ["a secret of more than thirty-two characters"] };
    const one = await openWire(fullServer(), { transport, requestState });
    const other = await openWire(fullServer(), { transport, requestState });
    const asked = (await one.callTool("elicit")).result;
    const [key = ""] = Object.keys(asked.inputRequests);
    const inputResponses = { [key]: { action: "accept", content: { name: "Ada" } } };
    const retry = { name: "elicit", requestState: asked.requestState, inputResponses };
    expect((await other.request("tools/call", retry)).toolText).toBe("Ada");

    const stranger = await openWire(fullServer(), {
      transport,
      requestState: { secrets: ["another secret of more than thirty-two characters"] },
    });
    expect((await stranger.request("tools/call", retry)).error.code).toBe(-32602);
  });

  test("a retry that does not bring its state begins anew, also on the same connection [2026-07-28/stateless/explicit-identifiers]", async () => {
    let steps = 0;
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        const step = await ctx.step("count", () => ++steps);
        await ctx.elicit({ message: "Who?", schema: NAME_FORM });
        return `step ${step}`;
      },
    });
    const wire = await openWire(server, { transport });
    const asked = (await wire.callTool("t")).result;
    const answer = { action: "accept", content: { name: "Ada" } };
    const inputResponses = Object.fromEntries(Object.keys(asked.inputRequests).map((key) => [key, answer]));
    const anew = (await wire.request("tools/call", { name: "t", inputResponses })).result;
    expect(anew.resultType).toBe("input_required");
    expect(steps).toBe(2);
    const { requestState } = asked;
    const goneOn = await wire.request("tools/call", { name: "t", inputResponses, requestState });
    expect(goneOn.toolText).toBe("step 1");
  });

  test("what a call asks is answered by its own retry, not by another call's [2026-07-28/stateless/explicit-identifiers]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const [a, b] = await Promise.all([
      wire.callTool("elicit", {}, { answers: AGREEING }),
      wire.callTool("elicit", {}, { answers: { "elicitation/create": { action: "decline" } } }),
    ]);
    expect([a.toolText, b.toolText]).toEqual(["Ada", "decline"]);
  });
});
