import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { matrix, openWire, type Stream, type Wire } from "../support/index.ts";

const info = { name: "switched", version: "1.0.0" };
const handler = () => "here";

/** How each kind of entry is added, switched, listed and used. */
const KINDS = [
  {
    kind: "tools",
    switchOf: (server: McpServer) => server.tools,
    add: (server: McpServer, key: string, more: object = {}) => server.tool(key, { ...more, handler }),
    keyOf: (n: number) => `tool_${n}`,
    list: ["tools/list", "tools", "name"],
    use: (wire: Wire, key: string) => wire.callTool(key),
    told: "tools",
  },
  {
    kind: "prompts",
    switchOf: (server: McpServer) => server.prompts,
    add: (server: McpServer, key: string, more: object = {}) => server.prompt(key, { ...more, handler }),
    keyOf: (n: number) => `prompt ${n}`,
    list: ["prompts/list", "prompts", "name"],
    use: (wire: Wire, key: string) => wire.request("prompts/get", { name: key }),
    told: "prompts",
  },
  {
    kind: "resources",
    switchOf: (server: McpServer) => server.resources,
    add: (server: McpServer, key: string, more: object = {}) => server.resource(key, { ...more, handler }),
    keyOf: (n: number) => `notes://${n}`,
    list: ["resources/list", "resources", "uri"],
    use: (wire: Wire, key: string) => wire.request("resources/read", { uri: key }),
    told: "resources",
  },
  {
    kind: "resource templates",
    switchOf: (server: McpServer) => server.resourceTemplates,
    add: (server: McpServer, key: string, more: object = {}) => server.resource(key, { ...more, handler }),
    keyOf: (n: number) => `notes://${n}/{id}`,
    list: ["resources/templates/list", "resourceTemplates", "uriTemplate"],
    use: (wire: Wire, key: string) => wire.request("resources/read", { uri: key.replace("{id}", "7") }),
    told: "resources",
  },
] as const;

describe.each(KINDS)("$kind", ({ switchOf, add, keyOf, list, use, told }) => {
  const [method, member, name] = list;
  const [one, two] = [keyOf(1), keyOf(2)];
  const keysOf = async (wire: Wire) =>
    (await wire.request(method)).result[member].map((entry: { [key: string]: string }) => entry[name]);
  const works = async (wire: Wire, key: string) => (await use(wire, key)).response?.error === undefined;
  const open = (server: McpServer) => openWire(server, { transport: "fetch" });

  test("can be hidden, shown again, and taken away", async () => {
    const server = new McpServer(info);
    add(server, one);
    add(server, two);
    const switches = switchOf(server);
    const wire = await open(server);
    expect(switches.disable(one)).toBe(true);
    expect(await keysOf(wire)).toEqual([two]);
    expect([await works(wire, one), await works(wire, two)]).toEqual([false, true]);
    expect(switches.has(one)).toBe(true);
    expect(() => add(server, one)).toThrow("is registered already");

    expect(switches.enable(one)).toBe(true);
    expect(await keysOf(wire)).toEqual([one, two]);
    expect(await works(wire, one)).toBe(true);

    expect(switches.remove(one)).toBe(true);
    expect(await keysOf(wire)).toEqual([two]);
    expect(await works(wire, one)).toBe(false);
    expect(switches.has(one)).toBe(false);
    expect(() => add(server, one)).not.toThrow();
    expect(await works(wire, one)).toBe(true);
  });

  test("that are not there are not switched", () => {
    const server = new McpServer(info);
    add(server, one);
    const switches = switchOf(server);
    for (const key of [two, "", "constructor", "__proto__"]) {
      expect([switches.disable(key), switches.enable(key), switches.remove(key), switches.has(key)]).toEqual([
        false,
        false,
        false,
        false,
      ]);
    }
  });

  test("may begin hidden", async () => {
    const server = new McpServer(info);
    add(server, one, { enabled: false });
    add(server, two);
    const wire = await open(server);
    expect(await keysOf(wire)).toEqual([two]);
    switchOf(server).enable(one);
    expect(await keysOf(wire)).toEqual([one, two]);
  });

  test.each(matrix())(
    "that change in one turn are told of once, in $revision over $transport",
    async (way) => {
      const server = new McpServer(info);
      for (let n = 0; n < 5; n++) add(server, keyOf(n));
      const switches = switchOf(server);
      const wire = await openWire(server, { transport: way.transport, era: way.revision });
      const stream: Stream = await wire.listen({ [`${told}ListChanged`]: true });
      const changes = () =>
        stream.messages.items.filter((message) => message.method === `notifications/${told}/list_changed`)
          .length;
      for (let n = 0; n < 4; n++) switches.disable(keyOf(n));
      for (let n = 0; n < 4; n++) switches.enable(keyOf(n));
      switches.remove(keyOf(0));
      add(server, keyOf(9));
      await stream.nextOf(`notifications/${told}/list_changed`);
      // Nothing changes by what is so already, or is not there.
      switches.enable(keyOf(1));
      switches.disable("nope");
      switches.remove("nope");
      await new Promise((resolve) => setImmediate(resolve));
      switches.disable(keyOf(1));
      await stream.nextOf(`notifications/${told}/list_changed`);
      switches.disable(keyOf(1));
      await wire.request(method);
      expect(changes()).toBe(2);
    },
  );
});

describe("server.notify", () => {
  test.each(matrix())(
    "tells those who listen in $revision over $transport, and nobody else",
    async ({ transport, revision, era }) => {
      const server = new McpServer(info)
        .tool("a", { handler })
        .prompt("a", { handler })
        .resource("notes://a", { handler });
      const wire = await openWire(server, { transport, era: revision });
      const stream = await wire.listen({
        toolsListChanged: true,
        promptsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: ["notes://a"],
      });
      const toolsOnly = era === "modern" ? await wire.listen({ toolsListChanged: true }) : undefined;
      server.notify("notifications/resources/updated", { uri: "notes://other" });
      server.notify("notifications/resources/updated", { uri: "notes://a" });
      server.notify("notifications/prompts/list_changed");
      server.notify("notifications/resources/list_changed");
      server.notify("notifications/tools/list_changed");
      const methods = [];
      for (let i = 0; i < 4; i++) methods.push((await stream.next()).method);
      expect(methods).toEqual([
        "notifications/resources/updated",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/tools/list_changed",
      ]);
      if (toolsOnly) expect((await toolsOnly.next()).method).toBe("notifications/tools/list_changed");
    },
  );

  test("refuses what is no change, and an update without URI", () => {
    const server = new McpServer(info);
    const notify = server.notify.bind(server) as (method: string, params?: object) => void;
    for (const method of [
      "notifications/message",
      "notifications/tools/list_change",
      "tools/list_changed",
      "",
      "x",
    ]) {
      expect(() => notify(method)).toThrow(
        `notify("${method}"): expected notifications/resources/updated, or`,
      );
    }
    for (const params of [undefined, {}, { uri: 7 }]) {
      expect(() => notify("notifications/resources/updated", params)).toThrow(
        "expected the URI of the resource",
      );
    }
  });
});
