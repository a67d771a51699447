import { describe, expect, test } from "vitest";
import { META, matrix, openWire, revisions } from "../support/index.ts";
import { AGREEING, EVERY_METHOD, emptyServer, fullServer, MODERN, REVISION } from "./server.ts";

const version = (of: string) => ({ meta: { [META.protocolVersion]: of } });

describe.each(matrix(MODERN))("versions over $transport", ({ transport }) => {
  test.each(["1900-01-01", "2099-01-01", "", "2026-07-28 ", "latest", "__proto__"])(
    "the version %j is refused with those that are supported [2026-07-28/versioning/unsupported-version] [2026-07-28/http/unsupported-version-400]",
    async (requested) => {
      const wire = await openWire(fullServer(), { transport });
      for (const [method, params] of EVERY_METHOD) {
        const headers = { "mcp-protocol-version": requested.trim() === requested ? requested : null };
        const reply = await wire.request(method, params, {
          ...version(requested),
          ...(wire.overHttp && { headers }),
        });
        expect(reply.error, method).toMatchObject({
          code: -32022,
          data: { requested, supported: [...revisions] },
        });
        expect(reply.status).toBe(wire.overHttp ? 400 : 0);
      }
    },
  );

  test("a version that was switched off is refused like one that is unknown [2026-07-28/versioning/unsupported-version]", async () => {
    const supported = [REVISION, "2025-11-25"];
    const wire = await openWire(fullServer({ protocolVersions: ["2025-11-25", REVISION] }), { transport });
    for (const requested of ["2025-06-18", "2025-03-26", "2024-11-05"]) {
      const { error } = await wire.request("tools/list", {}, version(requested));
      expect(error).toMatchObject({ code: -32022, data: { requested, supported } });
    }
    const legacyOnly = await openWire(fullServer({ protocolVersions: ["2025-11-25"] }), { transport });
    const { error } = await legacyOnly.request("tools/list");
    expect(error).toMatchObject({ code: -32022, data: { requested: REVISION, supported: ["2025-11-25"] } });
  });

  test("a legacy version in _meta is refused, since it opens with a handshake [2026-07-28/versioning/unsupported-version]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const { error } = await wire.request("tools/list", {}, version("2025-11-25"));
    expect(error).toMatchObject({ code: -32022, data: { requested: "2025-11-25" } });
  });

  test("supportedVersions are those that are answered, and those of -32022 [2026-07-28/discover/supported-versions]", async () => {
    for (const protocolVersions of [undefined, [REVISION], [REVISION, "2025-06-18", "2024-11-05"]]) {
      const server = fullServer({ protocolVersions });
      const wire = await openWire(server, { transport });
      const { supportedVersions } = (await wire.request("server/discover")).result;
      expect(supportedVersions).toEqual(protocolVersions ?? [...revisions]);
      const refused = await wire.request("tools/list", {}, version("1900-01-01"));
      expect(refused.error.data.supported).toEqual(supportedVersions);
      for (const revision of revisions) {
        if (revision === REVISION) continue;
        const legacy = await openWire(server, { transport, era: revision, handshake: false });
        const { response } = await legacy.initialize();
        const negotiated = response?.result?.protocolVersion;
        if (supportedVersions.includes(revision)) expect(negotiated).toBe(revision);
        else expect(negotiated).not.toBe(revision);
      }
    }
  });

  test("a server without legacy versions names its own in every error to initialize [2026-07-28/versioning/modern-only-names-versions]", async () => {
    const server = fullServer({ protocolVersions: [REVISION] });
    for (const era of ["2025-11-25", "2025-03-26"]) {
      const wire = await openWire(server, { transport, era, handshake: false });
      const headerless = await wire.initialize();
      const withHeader = await wire.initialize({ headers: { "mcp-protocol-version": era } });
      for (const reply of [headerless, withHeader]) {
        expect(JSON.stringify(reply.error)).toContain(REVISION);
        expect(reply.error.data.supported).toEqual([REVISION]);
        expect(reply.status).toBe(wire.overHttp ? 400 : 0);
      }
    }
    const modern = await openWire(server, { transport });
    expect((await modern.request("initialize", { protocolVersion: "2025-11-25" })).error).toMatchObject({
      code: -32601,
      message: expect.stringContaining(REVISION),
    });
  });

  test("clients of both eras are served side by side [2026-07-28/versioning/modern-request-is-modern]", async () => {
    const server = emptyServer().tool("era", {
      handler: (_, { client, session }) =>
        `${client.protocolVersion} ${session === undefined ? "alone" : "in a session"}`,
    });
    const legacy = await openWire(server, { transport, era: "2025-11-25" });
    const modern = await legacy.connect();
    for (let i = 0; i < 3; i++) {
      const [older, newer] = await Promise.all([legacy.callTool("era"), modern.callTool("era")]);
      // The pipe itself is the session, and has no id.
      expect(older.toolText).toBe(`2025-11-25 ${legacy.overHttp ? "in a session" : "alone"}`);
      expect(older.result).not.toHaveProperty("resultType");
      expect(newer.toolText).toBe(`${REVISION} alone`);
      expect(newer.result.resultType).toBe("complete");
      expect(newer.headers.has("mcp-session-id")).toBe(false);
    }
  });

  test("a request that names its version is modern, also with a session's header [2026-07-28/versioning/modern-request-is-modern]", async () => {
    const legacy = await openWire(fullServer(), { transport, era: "2025-11-25" });
    const modern = await legacy.connect();
    const headers = { "mcp-session-id": legacy.sessionId ?? null };
    const asked = await modern.callTool("roots", {}, { headers });
    expect(asked.result.resultType).toBe("input_required");
    expect(asked.requests).toEqual([]);
  });

  test("initialize opens a legacy session, whose results have nothing modern [2026-07-28/versioning/initialize-selects-legacy]", async () => {
    const wire = await openWire(fullServer(), { transport, era: "2025-11-25" });
    expect(wire.initialized?.result.protocolVersion).toBe("2025-11-25");
    if (wire.overHttp) expect(wire.sessionId).toMatch(/./);
    const results = [wire.initialized];
    for (const [method, params] of EVERY_METHOD.slice(1)) results.push(await wire.request(method, params));
    results.push(await wire.callTool("roots", {}, { answers: AGREEING }));
    for (const reply of results) {
      expect(reply?.result).not.toHaveProperty("resultType");
      expect(reply?.result).not.toHaveProperty("ttlMs");
      expect(reply?.result).not.toHaveProperty("cacheScope");
      expect(reply?.text).not.toContain("io.modelcontextprotocol/");
    }
    // What it asks travels as a request of its own.
    expect(results.at(-1)?.asks).toEqual([
      expect.objectContaining({ method: "roots/list", id: expect.anything() }),
    ]);
  });

  test("methods that came with this revision are unknown in a legacy session [2026-07-28/versioning/initialize-selects-legacy]", async () => {
    const wire = await openWire(fullServer(), { transport, era: "2025-11-25" });
    for (const method of ["server/discover", "subscriptions/listen"]) {
      expect((await wire.request(method, { notifications: {} })).error.code, method).toBe(-32601);
    }
  });

  test("a method of an extension is unknown, and named, whatever the client declares [2026-07-28/versioning/extension-fallback]", async () => {
    const extensions = { "com.example/ui": {} };
    const wire = await openWire(emptyServer({ extensions }), { transport });
    for (const capabilities of [{}, { extensions }]) {
      const client = await wire.connect({ capabilities });
      const { error } = await client.request("com.example/ui/render");
      expect(error).toMatchObject({
        code: -32601,
        message: expect.stringContaining("com.example/ui/render"),
      });
    }
  });

  test("a tool sees which extensions the client of this request has, and falls back without [2026-07-28/versioning/extension-fallback]", async () => {
    const extensions = { "com.example/ui": { mimeTypes: ["text/html"] } };
    const server = emptyServer({ extensions }).tool("show", {
      handler: (_, { client }) =>
        client.capabilities.extensions?.["com.example/ui"] === undefined
          ? "plain"
          : { content: [{ type: "text", text: "rich" }], _meta: { "com.example/ui": "view" } },
    });
    const wire = await openWire(server, { transport, capabilities: { extensions } });
    expect((await wire.callTool("show")).result).toMatchObject({
      content: [{ text: "rich" }],
      _meta: { "com.example/ui": "view" },
    });
    const plain = await (await wire.connect({ capabilities: {} })).callTool("show");
    expect(plain.toolText).toBe("plain");
    expect(plain.text).not.toContain("com.example/ui");
  });
});

test.each([[["2026-07-28", "2027-01-01"]], [["latest"]], [[]]])(
  "the versions %j cannot be chosen",
  (protocolVersions) => {
    expect(() => emptyServer({ protocolVersions })).toThrow(
      /protocolVersions: expected some of 2026-07-28, 2025-11-25/,
    );
  },
);
