import { McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { httpTransports, openWire, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const one: Principal = { subject: "ada", tenant: "one" };
const two: Principal = { subject: "ada", tenant: "two" };

/** A server that has something for each tenant, and counts what reached it. */
function makeServer() {
  const server = new McpServer({ name: "tenants", version: "1.0.0", logger: silent });
  const reached: string[] = [];
  for (const tenant of ["one", "two"]) {
    const visible = (principal: Principal | undefined) => principal?.tenant === tenant;
    const handler = () => {
      reached.push(tenant);
      return `of ${tenant}`;
    };
    server.tool(`tool-${tenant}`, { visible, handler });
    server.prompt(`prompt-${tenant}`, {
      visible,
      arguments: [{ name: "a" }],
      complete: { a: handler as unknown as () => string[] },
      handler,
    });
    server.resource(`test://${tenant}`, { visible, name: tenant, handler });
    server.resource(`test://${tenant}/{n}`, {
      visible,
      name: `${tenant} n`,
      complete: { n: handler as unknown as () => string[] },
      list: () => [{ uri: `test://${tenant}/1`, name: "1" }],
      handler,
    });
  }
  server.tool("ask", { handler: async (_, ctx) => (await ctx.listRoots()).map(({ uri }) => uri).join() });
  return { server, reached };
}

const LISTS = [
  ["tools/list", "tools"],
  ["prompts/list", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resourceTemplates"],
] as const;

/** Every request for something of a tenant. */
const requestsFor = (tenant: string): [method: string, params: object][] => [
  ["tools/call", { name: `tool-${tenant}` }],
  ["prompts/get", { name: `prompt-${tenant}` }],
  ["resources/read", { uri: `test://${tenant}` }],
  ["resources/read", { uri: `test://${tenant}/7` }],
  ["resources/subscribe", { uri: `test://${tenant}` }],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: `prompt-${tenant}` }, argument: { name: "a", value: "" } },
  ],
  [
    "completion/complete",
    { ref: { type: "ref/resource", uri: `test://${tenant}/{n}` }, argument: { name: "n", value: "" } },
  ],
];

describe.each(httpTransports)("two tenants on one server, over %s", (transport) => {
  async function open() {
    const { server, reached } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, principal: one });
    return { server, reached, wire, other: await wire.connect({ era: REVISION, principal: two }) };
  }

  test("see and reach nothing of each other [2025-11-25/overall/access-and-data-protection]", async () => {
    const { reached, wire, other } = await open();
    const listed = async (client: Wire) => {
      const lists = [];
      for (const [method, member] of LISTS) lists.push((await client.request(method)).result[member]);
      return JSON.stringify(lists);
    };
    expect(await listed(wire)).not.toContain("two");
    expect(await listed(other)).not.toContain("one");
    expect(await listed(wire)).toBe((await listed(other)).replaceAll("two", "one"));
    for (const [method, params] of requestsFor("one")) {
      const refused = (await other.request(method, params)).error;
      const unknown = (
        await other.request(method, JSON.parse(JSON.stringify(params).replaceAll("one", "xyz")))
      ).error;
      // The same as for what is not there at all.
      expect(JSON.stringify(refused).replaceAll("one", "xyz"), method).toBe(JSON.stringify(unknown));
    }
    expect(reached).toEqual([]);
    for (const [method, params] of requestsFor("one").slice(0, 4)) {
      expect((await wire.request(method, params)).response, method).toHaveProperty("result");
    }
    expect(reached).toHaveLength(4);
  });

  test("cannot use each other's sessions, streams and questions [2025-11-25/overall/access-and-data-protection]", async () => {
    const { server, wire, other } = await open();
    const call = wire.startTool("ask");
    const { id } = await call.nextOf("roots/list");
    const listening = wire.get();
    const { id: eventId = "" } = await listening.nextEvent();
    const thief = await wire.connect({ era: REVISION, principal: two, handshake: false });
    thief.sessionId = wire.sessionId;
    const statuses = [
      (await thief.callTool("ask")).status,
      (await thief.notify("notifications/cancelled", { requestId: call.id })).status,
      (await thief.respond(id, { roots: [{ uri: "file:///stolen" }] })).status,
      (await thief.get().reply()).status,
      (await thief.resume(eventId).reply()).status,
      (await thief.delete()).status,
      (await other.resume(eventId).reply()).status,
      (await other.respond(id, { roots: [{ uri: "file:///stolen" }] })).status,
    ];
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404, 410, 202]);
    await wire.respond(id, { roots: [{ uri: "file:///own" }] });
    expect((await call.reply()).toolText).toBe("file:///own");
    server.notify("notifications/tools/list_changed");
    expect((await listening.next()).method).toBe("notifications/tools/list_changed");
  });
});
