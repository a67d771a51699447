import { McpServer, type Principal, RpcError } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { openWire, type Wire } from "../support/index.ts";

const info = { name: "outer", version: "1.0.0" };
const handler = () => "";

async function open(server: McpServer, options: object = {}) {
  return openWire(server, { transport: "fetch", ...options });
}

function inner(of = "inner") {
  return new McpServer({ name: "inner", version: "1.0.0" })
    .tool("search", { title: "Search", handler: () => `a tool of ${of}` })
    .prompt("ask", {
      arguments: [{ name: "topic" }],
      complete: { topic: ["tea"] },
      handler: () => `a prompt of ${of}`,
    })
    .resource("notes://a", { handler: () => `a resource of ${of}` })
    .resource("notes://of/{id}", { complete: { id: ["1"] }, handler: (_uri, { id }) => `${id} of ${of}` });
}

async function namesOf(wire: Wire): Promise<{ [list: string]: string[] }> {
  const lists = {
    tools: "tools/list",
    prompts: "prompts/list",
    resources: "resources/list",
    resourceTemplates: "resources/templates/list",
  };
  const names: { [list: string]: string[] } = {};
  for (const [member, method] of Object.entries(lists)) {
    const { result } = await wire.request(method);
    names[member] = result[member].map(
      (entry: { [key: string]: string }) => entry["uriTemplate"] ?? entry["uri"] ?? entry["name"],
    );
  }
  return names;
}

describe("a mounted server", () => {
  test.each([
    ["without options", [], "search", "ask"],
    ["with a prefix", ["web"], "web_search", "web_ask"],
    ["with a suffix", [{ suffix: "v2" }], "search_v2", "ask_v2"],
    ["with both", [{ prefix: "web", suffix: "v2" }], "web_search_v2", "web_ask_v2"],
    ["with a separator", [{ prefix: "web", separator: "." }], "web.search", "web.ask"],
    ["with an empty prefix", [""], "search", "ask"],
  ] as const)("%s offers all it has under these names", async (_, options, toolName, promptName) => {
    const server = new McpServer(info);
    const [first] = options;
    expect(first === undefined ? server.group(inner()) : server.group(first, inner())).toBe(server);
    const wire = await open(server);
    expect(await namesOf(wire)).toEqual({
      tools: [toolName],
      prompts: [promptName],
      resources: ["notes://a"],
      resourceTemplates: ["notes://of/{id}"],
    });
    expect((await wire.callTool(toolName)).toolText).toBe("a tool of inner");
    expect((await wire.request("prompts/get", { name: promptName })).result.messages[0].content.text).toBe(
      "a prompt of inner",
    );
    const read = async (uri: string) =>
      (await wire.request("resources/read", { uri })).result.contents[0].text;
    expect(await read("notes://a")).toBe("a resource of inner");
    expect(await read("notes://of/7")).toBe("7 of inner");
    const complete = async (ref: object, name: string) =>
      (await wire.request("completion/complete", { ref, argument: { name, value: "" } })).result.completion
        .values;
    expect(await complete({ type: "ref/prompt", name: promptName }, "topic")).toEqual(["tea"]);
    expect(await complete({ type: "ref/resource", uri: "notes://of/{id}" }, "id")).toEqual(["1"]);
    expect((await wire.request("tools/list")).result.tools[0]).toMatchObject({
      name: toolName,
      title: "Search",
    });
  });

  test("under another name is not found under its own, nor under parts of either", async () => {
    const wire = await open(new McpServer(info).group({ prefix: "web", suffix: "v2" }, inner()));
    for (const name of [
      "search",
      "web_search",
      "search_v2",
      "web_",
      "web__v2",
      "web_v2",
      "xweb_search_v2",
      "web_search_v2_",
    ]) {
      expect((await wire.callTool(name)).error.code, name).toBe(-32602);
    }
  });

  test("shows what is added, switched and removed later, and tells clients of it", async () => {
    const mounted = inner();
    const deepest = new McpServer({ name: "deepest", version: "1.0.0" });
    mounted.group("deep", deepest);
    const server = new McpServer(info).group("web", mounted);
    const wire = await open(server);
    expect((await namesOf(wire))["tools"]).toEqual(["web_search"]);
    const stream = await wire.listen({ toolsListChanged: true });
    const steps: [() => void, string[]][] = [
      [() => mounted.tool("more", { handler }), ["web_more", "web_search"]],
      [() => mounted.tools.disable("search"), ["web_more"]],
      [() => deepest.tool("x", { handler }), ["web_deep_x", "web_more"]],
      [() => mounted.tools.enable("search"), ["web_deep_x", "web_more", "web_search"]],
      [() => deepest.tools.remove("x"), ["web_more", "web_search"]],
    ];
    for (const [change, names] of steps) {
      change();
      expect((await stream.next()).method).toBe("notifications/tools/list_changed");
      expect((await namesOf(wire))["tools"]).toEqual(names);
    }
    expect((await wire.callTool("web_deep_x")).error.code).toBe(-32602);
    mounted.resource("notes://b", { handler });
    const updates = await wire.listen({ resourceSubscriptions: ["notes://b"] });
    mounted.notify("notifications/resources/updated", { uri: "notes://b" });
    expect((await updates.nextOf("notifications/resources/updated")).params.uri).toBe("notes://b");
  });

  test("gives way to what has the name already, with a warning that says what to do", async () => {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger })
      .tool("search", { handler: () => "own" })
      .resource("notes://a", { handler: () => "own" })
      .group(inner("first"))
      .group(inner("second"));
    expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^warn "search" .* is hidden: .* the tools already. Give .* a prefix/),
      expect.stringMatching(/^warn "notes:\/\/a" .* the resources already. Change one of the URIs/),
      ...["search", "ask", "notes://a", "notes://of/{id}"].map((name) =>
        expect.stringContaining(`"${name}"`),
      ),
    ]);
    const wire = await open(server);
    expect((await namesOf(wire))["tools"]).toEqual(["search"]);
    expect((await wire.callTool("search")).toolText).toBe("own");
    expect((await wire.request("prompts/get", { name: "ask" })).result.messages[0].content.text).toBe(
      "a prompt of first",
    );
    const read = async (uri: string) =>
      (await wire.request("resources/read", { uri })).result.contents[0].text;
    expect(await read("notes://a")).toBe("own");
    expect(await read("notes://of/1")).toBe("1 of first");
    server.tools.remove("search");
    expect((await wire.callTool("search")).toolText).toBe("a tool of first");
  });

  test("can be mounted twice, and on several servers", async () => {
    const mounted = inner();
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger }).group("a", mounted).group("b", mounted);
    const other = new McpServer(info).group("c", mounted);
    expect((await namesOf(await open(server)))["tools"]).toEqual(["a_search", "b_search"]);
    const wire = await open(other);
    const stream = await wire.listen({ toolsListChanged: true });
    mounted.tool("more", { handler });
    expect((await stream.next()).method).toBe("notifications/tools/list_changed");
    expect((await namesOf(wire))["tools"]).toEqual(["c_more", "c_search"]);
  });

  test("cannot be mounted on itself, also by way of another", () => {
    const server = new McpServer(info);
    expect(() => server.group(server)).toThrow("A server cannot be mounted on itself.");
    const middle = new McpServer(info).group("in", server);
    expect(() => server.group("out", middle)).toThrow("A server cannot be mounted on itself.");
    expect(() => server.group("out", new McpServer(info).group(middle))).toThrow("mounted on itself");
  });

  test("keeps what it hides from some callers", async () => {
    const alice: Principal = { subject: "alice" };
    const mounted = inner().tool("hidden", {
      visible: (principal) => principal?.subject === "alice",
      handler,
    });
    const wire = await open(new McpServer(info).group("web", mounted), { principal: alice });
    const other = await wire.connect({ principal: { subject: "bob" } });
    expect((await namesOf(wire))["tools"]).toEqual(["web_hidden", "web_search"]);
    expect((await namesOf(other))["tools"]).toEqual(["web_search"]);
    expect((await other.callTool("web_hidden")).error.code).toBe(-32602);
  });

  test("keeps its middleware around what it offers, within that of the outer server", async () => {
    const seen: string[] = [];
    const wrap = (server: McpServer, name: string) =>
      server.use(async (ctx, next) => {
        seen.push(`${name} ${ctx.request.method}`);
        return next();
      });
    const deepest = inner("deepest");
    const middle = new McpServer(info).group("deep", deepest).tool("own", { handler });
    const server = new McpServer(info).group("mid", middle).tool("mine", { handler });
    wrap(server, "outer");
    wrap(middle, "middle");
    wrap(deepest, "deepest");
    const wire = await open(server);
    const order = async (method: string, params?: object) => {
      seen.length = 0;
      expect((await wire.request(method, params)).result).toBeDefined();
      return seen.map((line) => line.split(" ")[0]);
    };
    const all = ["outer", "middle", "deepest"];
    expect(await order("tools/call", { name: "mid_deep_search" })).toEqual(all);
    expect(await order("prompts/get", { name: "mid_deep_ask" })).toEqual(all);
    expect(await order("resources/read", { uri: "notes://a" })).toEqual(all);
    expect(await order("resources/read", { uri: "notes://of/1" })).toEqual(all);
    const argument = { name: "topic", value: "" };
    const ref = { type: "ref/prompt", name: "mid_deep_ask" };
    expect(await order("completion/complete", { ref, argument })).toEqual(all);
    expect(await order("tools/call", { name: "mid_own" })).toEqual(["outer", "middle"]);
    expect(await order("tools/call", { name: "mine" })).toEqual(["outer"]);
    expect(await order("tools/list")).toEqual(["outer"]);

    deepest.use(async () => {
      throw new RpcError(1, "Not for you");
    });
    expect((await wire.callTool("mid_deep_search")).error).toEqual({ code: 1, message: "Not for you" });
    expect((await wire.callTool("mid_own")).result).toBeDefined();
  });

  test("has its arguments in headers checked under its new name", async () => {
    const mounted = new McpServer(info).tool("query", {
      inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } },
      handler: ({ region }) => `${region}`,
    });
    const wire = await open(new McpServer(info).group("db", mounted));
    const call = (region: string) =>
      wire.callTool("db_query", { region: "eu" }, { headers: { "mcp-param-region": region } });
    expect((await call("eu")).toolText).toBe("eu");
    expect((await call("us")).error.code).toBe(-32020);
  });
});
