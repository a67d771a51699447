import { type ClientCapabilities, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import {
  legacyRevisions,
  matrix,
  openWire,
  type Transport,
  transports,
  type WireOptions,
} from "../support/index.ts";
import { makeRichServer, silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

describe.each(transports)("the opening over %s", (transport) => {
  const open = (server: McpServer, options: Partial<WireOptions> = {}) =>
    openWire(server, { transport, era: REVISION, ...options });

  test("comes before everything but a ping [2025-11-25/lifecycle/initialize-first]", async () => {
    const server = new McpServer({ name: "first", version: "1.0.0" });
    const ran: string[] = [];
    server.tool("run", { handler: () => `${ran.push("run")}` });
    server.use(async (ctx, next) => {
      if (ctx.request.method !== "ping") ran.push(ctx.request.method);
      return next();
    });
    const wire = await open(server, { handshake: false });
    for (const method of ["tools/list", "tools/call", "logging/setLevel", "no/such"]) {
      const { status, error } = await wire.request(method, { name: "run" });
      expect(status, method).toBe(wire.overHttp ? 400 : 0);
      expect(error.message, method).toMatch(/initialize/);
    }
    expect(ran).toEqual([]);
    const ping = await wire.request("ping");
    if (wire.overHttp) expect(ping.status).toBe(400);
    else expect(ping.result).toEqual({});
    expect((await wire.initialize()).result.protocolVersion).toBe(REVISION);
    expect(ran).toEqual(["initialize"]);
  });

  test("is answered with version, capabilities and what the server says about itself [2025-11-25/lifecycle/initialize-result]", async () => {
    const wire = await open(makeRichServer());
    expect(wire.initialized?.result).toEqual({
      protocolVersion: REVISION,
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
      serverInfo: {
        name: "rich",
        version: "1.2.3",
        title: "Rich",
        description: "Has everything",
        websiteUrl: "https://example.com",
        icons: [
          { src: "https://example.com/icon.png", mimeType: "image/png", sizes: ["48x48"], theme: "dark" },
        ],
      },
      instructions: "Use all of it.",
    });
    const small = await open(new McpServer({ name: "small", version: "0.0.1" }));
    expect(small.initialized?.result).toEqual({
      protocolVersion: REVISION,
      capabilities: { logging: {} },
      serverInfo: { name: "small", version: "0.0.1" },
    });
  });

  test.each(legacyRevisions)(
    "settles on %s where the client asks for it [2025-11-25/lifecycle/same-version]",
    async (era) => {
      const wire = await open(makeRichServer(), { era });
      expect(wire.initialized?.result.protocolVersion).toBe(era);
      expect((await wire.request("tools/list")).result.tools).not.toEqual([]);
    },
  );

  test.each(["1.0.0", "2099-01-01", "", "2026-07-28", "2025-11-25 ", "constructor"])(
    "offers the newest version with a handshake to a client that asks for %j [2025-11-25/lifecycle/other-version] [2025-11-25/lifecycle/latest-version]",
    async (protocolVersion) => {
      const wire = await open(makeRichServer(), { handshake: false });
      const reply = await wire.initialize({ params: { protocolVersion } });
      expect(reply.result.protocolVersion).toBe("2025-11-25");
    },
  );

  test("offers the newest of the versions that the server was told to speak [2025-11-25/lifecycle/latest-version] [2025-11-25/lifecycle/other-version]", async () => {
    const protocolVersions = ["2025-06-18", "2025-03-26"];
    const asked = { "2099-01-01": "2025-06-18", "2025-11-25": "2025-06-18", "2025-03-26": "2025-03-26" };
    for (const [protocolVersion, offered] of Object.entries(asked)) {
      const wire = await open(makeRichServer({ protocolVersions }), { handshake: false });
      const reply = await wire.initialize({ params: { protocolVersion } });
      expect(reply.result.protocolVersion, protocolVersion).toBe(offered);
    }
  });

  test.each([
    ["no version", { protocolVersion: undefined }],
    ["a number as its version", { protocolVersion: 20251125 }],
    ["no capabilities", { capabilities: undefined }],
    ["a list as its capabilities", { capabilities: [] }],
    ["no client info", { clientInfo: undefined }],
    ["a client without a version", { clientInfo: { name: "x" } }],
  ])("is refused where the client gives %s, and can be tried again", async (_, params) => {
    const wire = await open(makeRichServer(), { handshake: false });
    const refused = await wire.initialize({ params });
    expect(refused.error.code).toBe(-32602);
    expect(refused.headers.get("mcp-session-id")).toBeNull();
    expect((await wire.initialize()).result.protocolVersion).toBe(REVISION);
  });

  test("capabilities that a revision does not know do no harm", async () => {
    const capabilities = {
      elicitation: {},
      tasks: { list: {} },
      experimental: { x: {} },
      "com.example/y": { z: 1 },
    };
    const server = new McpServer({ name: "lenient", version: "1.0.0" });
    server.tool("see", { handler: (_, ctx) => JSON.stringify(ctx.client.capabilities) });
    const wire = await open(server, { capabilities });
    expect(JSON.parse((await wire.callTool("see")).toolText)).toEqual(capabilities);
  });
});

test("on a pipe there is one opening", async () => {
  const wire = await openWire(makeRichServer(), { transport: "stdio", era: REVISION });
  const again = await wire.initialize();
  expect(again.error.code).toBe(-32600);
  expect((await wire.request("ping")).result).toEqual({});
});

/** A server whose tools need what a client may not have. */
function makeAsking() {
  const server = new McpServer({ name: "asking", version: "1.0.0", logger: silent });
  const caught: string[] = [];
  const tool = (
    name: string,
    ask: (ctx: Parameters<Parameters<typeof server.tool>[1]["handler"]>[1]) => Promise<unknown>,
  ) =>
    server.tool(name, {
      handler: async (_, ctx) => {
        try {
          await ask(ctx);
        } catch (error) {
          caught.push(String(error));
          throw error;
        }
        return "asked";
      },
    });
  const messages = [{ role: "user" as const, content: { type: "text" as const, text: "?" } }];
  const schema = { type: "object", properties: { n: { type: "number" } } } as const;
  tool("roots", (ctx) => ctx.listRoots());
  tool("sampling", (ctx) => ctx.sample({ messages, maxTokens: 1 }));
  tool("sampling.tools", (ctx) => ctx.sample({ messages, maxTokens: 1, tools: [] }));
  tool("sampling.context", (ctx) => ctx.sample({ messages, maxTokens: 1, includeContext: "thisServer" }));
  tool("elicitation", (ctx) => ctx.elicit({ message: "?", schema }));
  tool("elicitation.url", (ctx) => ctx.elicit({ message: "?", url: "https://example.com" }));
  server.tool("plain", { handler: () => "plain" });
  return { server, caught };
}

const FEATURES = [
  "roots",
  "sampling",
  "sampling.tools",
  "sampling.context",
  "elicitation",
  "elicitation.url",
];

describe.each(matrix({ revisions: legacyRevisions }))(
  "a client of $revision over $transport",
  ({ revision, transport }) => {
    const open = (server: McpServer, capabilities: ClientCapabilities) =>
      openWire(server, { transport: transport as Transport, era: revision, capabilities });

    test("is asked nothing that it did not declare, and the other tools work [2025-11-25/lifecycle/capabilities-respected] [2025-11-25/lifecycle/missing-capabilities-handled]", async () => {
      const { server, caught } = makeAsking();
      const wire = await open(server, {});
      for (const feature of FEATURES) {
        const reply = await wire.callTool(feature);
        const { message = "" } = reply.response?.error ?? {};
        expect(reply.requests, feature).toEqual([]);
        expect(message, feature).toContain(`"${feature}"`);
        expect(caught.pop(), feature).toContain(`"${feature}"`);
      }
      expect((await wire.callTool("plain")).toolText).toBe("plain");
    });
  },
);

test.each(transports)(
  "parts of a capability are kept apart over %s [2025-11-25/lifecycle/capabilities-respected]",
  async (transport) => {
    const { server } = makeAsking();
    const wire = await openWire(server, {
      transport,
      era: REVISION,
      capabilities: { sampling: {}, elicitation: { url: {} } },
    });
    for (const feature of ["sampling.tools", "sampling.context", "elicitation", "roots"]) {
      const reply = await wire.callTool(feature);
      expect(reply.requests, feature).toEqual([]);
      expect(reply.error.message, feature).toContain(`"${feature}"`);
    }
    const reply = await wire.callTool(
      "elicitation.url",
      {},
      { answers: { "elicitation/create": { action: "decline" } } },
    );
    expect(reply.toolText).toBe("asked");
  },
);
