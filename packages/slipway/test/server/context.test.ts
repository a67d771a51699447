import { type Client, type Context, McpServer, type Principal, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { gate, httpTransports, META, matrix, openWire, revisions, type Wire } from "../support/index.ts";

const info = { name: "seeing", version: "1.0.0" };
const schema = z.object({ name: z.string() });
const accepted = { action: "accept", content: { name: "Ada" } };

/** What a tool sees, by a function of its context. */
function looking(look: (ctx: Context) => unknown, options: object = {}) {
  return new McpServer({ ...info, logger: recordingLogger(), ...options }).tool("look", {
    inputSchema: z.looseObject({}),
    handler: async (_args, ctx) => JSON.stringify((await look(ctx)) ?? null),
  });
}

async function seen(wire: Wire, args: object = {}, options: object = {}) {
  return JSON.parse((await wire.callTool("look", args, options)).toolText);
}

describe.each(matrix())("the context in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer, options: object = {}) =>
    openWire(server, { transport, era: revision, ...options });

  test("has the request as it came", async () => {
    const server = looking(({ request: { method, params, id, url, headers } }) => ({
      method,
      arguments: params?.["arguments"],
      id,
      url: url ?? null,
      own: headers.get("X-Own"),
      none: headers.get("x-none"),
    }));
    const wire = await open(server);
    const http = transport !== "stdio";
    expect(await seen(wire, { a: 1 }, { id: "seven", headers: { "x-own": "yes" } })).toEqual({
      method: "tools/call",
      arguments: { a: 1 },
      id: "seven",
      url: http ? expect.stringContaining("/mcp") : null,
      own: http ? "yes" : null,
      none: null,
    });
  });

  test("has the client as it describes itself", async () => {
    const clientInfo = { name: "looker", version: "2.0.0", title: "Looker" };
    const capabilities = { sampling: { tools: {} }, "com.example/own": { x: 1 } };
    const server = looking(({ client }) => [client.info, client.capabilities, client.protocolVersion]);
    const wire = await open(server, { clientInfo, capabilities });
    expect(await seen(wire)).toEqual([clientInfo, capabilities, revision]);
  });

  test("knows what the client can be asked", async () => {
    const features = [
      "elicitation",
      "elicitation.url",
      "sampling",
      "sampling.tools",
      "sampling.context",
      "roots",
    ] as const;
    const server = looking(({ client }: { client: Client }) =>
      features.filter((feature) => client.supports(feature)),
    );
    const cases: [object, string[]][] = [
      [{}, []],
      [{ elicitation: {} }, ["elicitation"]],
      [{ elicitation: { form: {} } }, ["elicitation"]],
      [{ elicitation: { url: {} } }, ["elicitation.url"]],
      [{ elicitation: { form: {}, url: {} } }, ["elicitation", "elicitation.url"]],
      [{ sampling: {} }, ["sampling"]],
      [
        { sampling: { tools: {}, context: {} }, roots: {} },
        ["sampling", "sampling.tools", "sampling.context", "roots"],
      ],
      [{ sampling: true, roots: "yes", elicitation: null }, []],
    ];
    for (const [capabilities, supported] of cases) {
      expect(await seen(await open(server, { capabilities }), {}), JSON.stringify(capabilities)).toEqual(
        supported,
      );
    }
  });

  test("has a session where the client has one that others know", async () => {
    const wire = await open(looking((ctx) => ctx.session ?? "none"));
    const expected = era === "legacy" && transport !== "stdio" ? { id: wire.sessionId } : "none";
    expect(await seen(wire)).toEqual(expected);
  });

  test("has state of its own for each call", async () => {
    const server = looking((ctx) => {
      const before = { ...ctx.state };
      ctx.state["kept"] = 1;
      return [before, ctx.state];
    });
    const wire = await open(server);
    expect(await seen(wire)).toEqual([{}, { kept: 1 }]);
    expect(await seen(wire)).toEqual([{}, { kept: 1 }]);
  });

  test("fires its signal when the client cancels, with the client's reason in legacy and on pipes", async () => {
    const [started, aborted] = [gate(), gate<unknown>()];
    const server = looking(async (ctx) => {
      expect(ctx.signal.aborted).toBe(false);
      ctx.signal.addEventListener("abort", () => aborted.open(ctx.signal.reason));
      await ctx.progress({ progress: 0 });
      started.open();
      await aborted.opened;
    });
    const wire = await open(server);
    const stream = wire.startTool("look", {}, { meta: { progressToken: 0 } });
    await stream.next();
    await started.opened;
    await stream.cancel("enough");
    const reason = await aborted.opened;
    expect(reason).toBeInstanceOf(Error);
    if (era === "legacy" || transport === "stdio") expect((reason as Error).message).toContain("enough");
  });

  test("reports progress that grows, to who asked for it", async () => {
    const server = looking(async (ctx) => {
      for (const progress of [0, 0, 1, 0.5, Number.NaN, 1.5, 2]) await ctx.progress({ progress });
      await ctx.progress({ progress: 3, total: 4, message: "nearly" });
    });
    const wire = await open(server);
    expect((await wire.callTool("look")).notifications).toEqual([]);
    for (const progressToken of [0, "", "t", 7]) {
      const { notifications } = await wire.callTool("look", {}, { meta: { progressToken } });
      expect(notifications.map(({ params }) => params)).toEqual([
        ...[0, 1, 1.5, 2].map((progress) => ({ progressToken, progress })),
        { progressToken, progress: 3, total: 4, message: "nearly" },
      ]);
    }
  });

  test("sends nothing any more when its call has ended", async () => {
    const late = gate<Context>();
    const wire = await open(looking((ctx) => late.open(ctx)));
    const meta = { progressToken: 1, ...(era === "modern" && { [META.logLevel]: "debug" }) };
    const reply = await wire.callTool("look", {}, { meta });
    const ctx = await late.opened;
    await ctx.progress({ progress: 1 });
    await ctx.log.info("late");
    await wire.request("tools/list");
    expect(reply.notifications).toEqual([]);
    expect(wire.received.filter(({ method }) => method?.startsWith("notifications/"))).toEqual([]);
  });

  test("tells all who listen of changes", async () => {
    const server = looking((ctx) => ctx.notify("notifications/tools/list_changed"));
    const wire = await open(server);
    const stream = await wire.listen({ toolsListChanged: true });
    await seen(wire);
    expect((await stream.nextOf("notifications/tools/list_changed")).params ?? {}).toEqual(
      era === "modern" ? { _meta: { [META.subscriptionId]: stream.id } } : {},
    );
  });

  test("asks several things one after the other, and side by side", async () => {
    const server = looking(async (ctx) => {
      const first = await ctx.elicit({ message: "First?", schema });
      const [second, roots, sampled] = await Promise.all([
        ctx.elicit({ message: "Second?", schema }),
        ctx.listRoots(),
        ctx.sample({ messages: [], maxTokens: 1 }),
      ]);
      return [first, second, roots.length, sampled.model];
    });
    const wire = await open(server);
    const answers = {
      "elicitation/create": accepted,
      "roots/list": { roots: [{ uri: "file:///a" }] },
      "sampling/createMessage": { role: "assistant", content: { type: "text", text: "" }, model: "m" },
    };
    const reply = await wire.callTool("look", {}, { answers });
    expect(JSON.parse(reply.toolText)).toEqual([accepted, accepted, 1, "m"]);
    expect(reply.asks).toHaveLength(4);
    expect(reply.asks[0]?.params.message).toBe("First?");
  });

  test("names its questions as the handler says, where they have names", async () => {
    const server = looking(async (ctx) => {
      await ctx.elicit({ message: "?", schema, key: "who" });
      await ctx.listRoots({ key: "where" });
    });
    const wire = await open(server);
    const answers = { "elicitation/create": accepted, "roots/list": { roots: [] } };
    const { asks } = await wire.callTool("look", {}, { answers });
    expect(asks.map(({ key }) => key)).toEqual(era === "modern" ? ["who", "where"] : [undefined, undefined]);
    expect(JSON.stringify(asks.map(({ params }) => params))).not.toMatch(/"who"|"where"|timeoutMs/);
  });

  test("does a step once in a call, however often the handler runs", async () => {
    let runs = 0;
    let steps = 0;
    const server = looking(async (ctx) => {
      runs++;
      const before = await ctx.step("before", () => ({ n: ++steps, at: new Date(0), gone: undefined }));
      await ctx.elicit({ message: "?", schema });
      const after = await ctx.step("after", async () => ++steps);
      return [before, after];
    });
    const wire = await open(server);
    const expected = [{ n: 1, at: "1970-01-01T00:00:00.000Z" }, 2];
    const reply = await wire.callTool("look", {}, { answers: { "elicitation/create": accepted } });
    expect(JSON.parse(reply.toolText)).toEqual(expected);
    expect(steps).toBe(2);
    expect(runs).toBe(era === "modern" ? 2 : 1);
  });

  test("fails a step in the same way on every run", async () => {
    let steps = 0;
    const server = looking(async (ctx) => {
      const failure = await ctx
        .step("fails", () => {
          steps++;
          throw new ToolError("Sold out.");
        })
        .catch((error: Error) => [error.name, error.message, error instanceof ToolError]);
      await ctx.elicit({ message: "?", schema });
      return failure;
    });
    const wire = await open(server);
    const reply = await wire.callTool("look", {}, { answers: { "elicitation/create": accepted } });
    expect(JSON.parse(reply.toolText)).toEqual(["ToolError", "Sold out.", true]);
    expect(steps).toBe(1);
  });

  test("refuses a step that JSON cannot hold, and a question within a step", async () => {
    const server = looking(async (ctx) => {
      const told = (error: Error) => error.message;
      return [
        await ctx.step("bigint", () => 10n).catch(told),
        await ctx.step("nan", () => Number.NaN).catch(told),
        await ctx.step("asks", () => ctx.elicit({ message: "?", schema })).catch(told),
      ];
    });
    const [bigint, nan, asks] = await seen(await open(server));
    expect(bigint).toContain('ctx.step("bigint") must return what JSON can hold');
    expect(nan).toContain('ctx.step("nan") must return what JSON can hold');
    expect(asks).toContain("elicitation/create was called inside ctx.step");
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "the caller in $revision over $transport",
  ({ transport, revision }) => {
    test("is the principal that was authenticated, whole", async () => {
      const principal: Principal = {
        subject: "ada",
        tenant: "engines",
        clientId: "app",
        scopes: ["read", "write"],
        claims: { email: "ada@example.com" },
      };
      const wire = await openWire(
        looking((ctx) => ctx.auth ?? "nobody"),
        { transport, era: revision, principal },
      );
      expect(await seen(wire)).toEqual(principal);
      expect(await seen(await wire.connect({ era: revision }))).toBe("nobody");
    });
  },
);

describe.each(revisions)("ctx.client in %s", (revision) => {
  test("has no feature that its revision does not have", async () => {
    const server = looking(({ client }) => [
      client.supports("elicitation"),
      client.supports("sampling"),
      client.supports("roots"),
    ]);
    const wire = await openWire(server, { transport: "stdio", era: revision });
    expect(await seen(wire)).toEqual([revision >= "2025-06-18", true, true]);
  });
});

describe("ctx.closeStream", () => {
  test("closes a legacy client's connection, and the rest comes when it resumes", async () => {
    const resumed = gate();
    const server = looking(async (ctx) => {
      await ctx.progress({ progress: 1 });
      ctx.closeStream(5);
      await resumed.opened;
      await ctx.progress({ progress: 2 });
      return "done";
    });
    const wire = await openWire(server, { transport: "node", era: "2025-11-25" });
    const broken = await wire.startTool("look", {}, { meta: { progressToken: 1 }, id: 9 }).reply();
    expect(broken.response).toBeUndefined();
    expect(broken.cut).toBe(false);
    expect(broken.events.at(-1)).toMatchObject({ retry: 5 });
    const last = broken.events.findLast(({ id }) => id !== undefined)?.id as string;
    const stream = wire.resume(last);
    await stream.head;
    resumed.open();
    const rest = await stream.reply();
    expect(rest.messages.map(({ params, result }) => params?.progress ?? result.content[0].text)).toEqual([
      2,
      '"done"',
    ]);
  });

  test.each(["fetch", "stdio"] as const)("does nothing for a modern client over %s", async (transport) => {
    const wire = await openWire(
      looking((ctx) => ctx.closeStream()),
      { transport },
    );
    expect(await seen(wire)).toBeNull();
  });
});
