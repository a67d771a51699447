import { InMemoryHandleAdapter, InMemoryJournalAdapter, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { httpTransports, openWire, type Wild } from "../support/index.ts";
import { emptyServer } from "./server.ts";

const ONE: Principal = { subject: "ada", tenant: "one" };
const TWO: Principal = { subject: "ada", tenant: "two" };
const HOME = { roots: [{ uri: "file:///home" }] };

/** A server that has something for each tenant, and counts what reached it. */
function tenantServer() {
  const server = emptyServer();
  const reached: string[] = [];
  for (const tenant of ["one", "two"]) {
    const visible = (principal: Principal | undefined) => principal?.tenant === tenant;
    const handler = () => `reached ${reached.push(tenant)}`;
    const completer = () => [handler()];
    server
      .tool(`tool-${tenant}`, {
        visible,
        inputSchema: { type: "object", properties: { a: { type: "string", "x-mcp-header": "A" } } },
        handler,
      })
      .prompt(`prompt-${tenant}`, {
        visible,
        arguments: [{ name: "a" }],
        complete: { a: completer },
        handler,
      })
      .resource(`test://${tenant}`, { visible, handler })
      .resource(`test://${tenant}/{n}`, { visible, complete: { n: completer }, handler });
  }
  const notes = server.handle("note", { schema: { type: "string" } as const });
  const id = { type: "object", properties: { id: { type: "string" } }, required: ["id"] } as const;
  server
    .tool("write", { handler: (_, ctx) => notes.create(ctx, `a note of ${ctx.auth?.tenant}`) })
    .tool("read", { inputSchema: id, handler: async (args, ctx) => (await notes.open(ctx, args.id)).value })
    .tool("ask", {
      handler: async (_, ctx) => {
        const secret = await ctx.step("remember", () => `${ctx.auth?.tenant} ${"x".repeat(100_000)}`);
        await ctx.listRoots();
        return secret.slice(0, 3);
      },
    });
  return { server, reached };
}

const requestsFor = (tenant: string): [method: string, params: object][] => {
  const completion = (ref: object, name: string) => ({ ref, argument: { name, value: "" } });
  return [
    ["tools/call", { name: `tool-${tenant}` }],
    // Not even which headers it asks for is told.
    ["tools/call", { name: `tool-${tenant}`, arguments: { a: "b" } }],
    ["prompts/get", { name: `prompt-${tenant}` }],
    ["resources/read", { uri: `test://${tenant}` }],
    ["resources/read", { uri: `test://${tenant}/7` }],
    ["completion/complete", completion({ type: "ref/prompt", name: `prompt-${tenant}` }, "a")],
    ["completion/complete", completion({ type: "ref/resource", uri: `test://${tenant}/{n}` }, "n")],
  ];
};

describe.each(httpTransports)("two tenants of one server over %s", (transport) => {
  async function open() {
    const { server, reached } = tenantServer();
    const stores = {
      handleAdapter: new InMemoryHandleAdapter(),
      journalAdapter: new InMemoryJournalAdapter(),
    };
    const one = await openWire(server, { transport, principal: ONE, ...stores });
    return { server, reached, one, two: await one.connect({ principal: TWO }) };
  }

  test("see and reach nothing of each other [2026-07-28/overall/access-and-data-protection]", async () => {
    const { reached, one, two } = await open();
    const lists = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
    for (const method of lists) {
      const [first, second] = [(await one.request(method)).text, (await two.request(method)).text];
      expect(first, method).toContain("one");
      expect(first).not.toContain("two");
      expect(second).toContain("two");
      expect(second).not.toContain("one");
    }
    for (const [index, [method, params]] of requestsFor("one").entries()) {
      const refused = await two.request(method, params, { id: "same" });
      const [, unknown = {}] = requestsFor("zzz")[index] ?? [];
      const absent = await two.request(method, unknown, { id: "same" });
      // The same as for what is not there at all.
      expect(refused.error, method).toBeDefined();
      expect(refused.text.replaceAll("one", "zzz")).toBe(absent.text);
      expect(refused.status).toBe(absent.status);
    }
    expect(reached).toEqual([]);
  });

  test("are told of no changes of each other's resources [2026-07-28/overall/access-and-data-protection]", async () => {
    const { server, one, two } = await open();
    const uris = ["test://one", "test://two"];
    const [first, second] = [one, two].map((wire) =>
      wire.start("subscriptions/listen", { notifications: { resourceSubscriptions: uris } }),
    );
    expect((await first?.next())?.params.notifications).toEqual({ resourceSubscriptions: ["test://one"] });
    expect((await second?.next())?.params.notifications).toEqual({ resourceSubscriptions: ["test://two"] });
    server.notify("notifications/resources/updated", { uri: "test://one" });
    server.notify("notifications/resources/updated", { uri: "test://two" });
    expect((await second?.next())?.params.uri).toBe("test://two");
    expect((await first?.next())?.params.uri).toBe("test://one");
  });

  test("cannot go on with each other's calls, sealed or stored [2026-07-28/overall/access-and-data-protection]", async () => {
    const { one, two } = await open();
    const { requestState, inputRequests } = (await one.callTool("ask")).result;
    const [key = ""] = Object.keys(inputRequests);
    const retry = { name: "ask", requestState, inputResponses: { [key]: HOME } };
    const refused = await two.request("tools/call", retry);
    const forged = await two.request("tools/call", {
      ...retry,
      requestState: `${requestState.slice(0, -2)}AA`,
    });
    expect(refused.error).toEqual(forged.error);
    expect((await one.request("tools/call", retry)).toolText).toBe("one");
  });

  test("cannot open each other's handles [2026-07-28/overall/access-and-data-protection]", async () => {
    const { one, two } = await open();
    const { toolText: id } = await one.callTool("write");
    const read = async (wire: typeof one, args: Wild) => (await wire.callTool("read", args)).result;
    const stolen = await read(two, { id });
    expect(stolen.isError).toBe(true);
    expect(stolen).toEqual(await read(two, { id: "note_unknown" }));
    expect((await read(one, { id })).content[0].text).toBe("a note of one");
  });
});
