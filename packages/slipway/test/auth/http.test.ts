import { HttpError, McpServer, type Principal, StreamableHttpTransport } from "slipway";
import { apiKeys, createApiKey, custom, type ResourceOptions } from "slipway/auth";
import { describe, expect, onTestFinished, test } from "vitest";
import { httpTransports, matrix, openWire, type Wire } from "../support/index.ts";

const server = () =>
  new McpServer({ name: "guarded", version: "1.0.0" }).tool("who", {
    handler: (_, ctx) =>
      JSON.stringify({
        auth: ctx.auth,
        sees: ["authorization", "dpop", "x-api-key", "x-other"].filter((name) =>
          ctx.request.headers?.get(name),
        ),
      }),
  });
const ada: Principal = { subject: "ada", tenant: "acme", scopes: ["mcp"] };

const guard = (options: ResourceOptions & { requiredScopes?: string[] } = {}) =>
  custom((token) => (token === "good" ? ada : token === "poor" ? { subject: "poor" } : undefined), {
    resource: "https://mcp.example.com/mcp",
    authorizationServers: ["https://as.example.com", "https://as2.example.com"],
    ...options,
  });

const get = async (wire: Wire, path: string, method = "GET", headers = {}) =>
  wire.exchange(method, { path, headers }).reply();

describe.each(matrix({ transports: httpTransports }))(
  "$revision over $transport",
  ({ transport, revision }) => {
    const open = (token?: string, options = {}) =>
      openWire(server(), { transport, era: revision, handshake: false, auth: guard(options), token });

    test(`who presents nothing is told where to authorize [${revision}/authorization/challenge-401] [${revision}/authorization/metadata-located] [${revision}/authorization/challenge-has-scope]`, async () => {
      const wire = await open(undefined, { requiredScopes: ["mcp", "profile"] });
      const reply = await wire.request("tools/list");
      expect(reply.status).toBe(401);
      expect(reply.headers.get("www-authenticate")).toBe(
        'Bearer scope="mcp profile", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
      );
      expect(reply.error).toEqual({ code: -32600, message: "Authorization is needed." });
    });

    test.each(["GET", "DELETE"])(
      `%s needs authorization, too [${revision}/authorization/every-request]`,
      async (method) => {
        expect((await (await open()).exchange(method).reply()).status).toBe(401);
        expect((await (await open("bad")).exchange(method).reply()).status).toBe(401);
      },
    );

    test(`a token in the query counts for nothing [${revision}/authorization/no-token-in-query]`, async () => {
      const wire = await open();
      const message = wire.message("tools/list");
      const body = JSON.stringify(message);
      const reply = await wire
        .exchange("POST", { path: "/mcp?access_token=good", headers: wire.headersOf(message), body })
        .reply();
      // `serve` knows no other path than its own.
      expect(reply.status).toBe(401);
    });

    test("other schemes are none", async () => {
      const wire = await open();
      const reply = await wire.request(
        "tools/list",
        {},
        { headers: { authorization: "Basic Z29vZDpnb29k" } },
      );
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([
        401,
        expect.not.stringContaining("error"),
      ]);
    });

    test("who is authenticated reaches the handler, and the credentials do not [2026-07-28/authorization/no-passthrough] [2025-11-25/authorization/no-passthrough]", async () => {
      const wire = await openWire(server(), { transport, era: revision, auth: guard(), token: "good" });
      const headers = { "x-other": "1", "x-api-key": "k", dpop: "p" };
      const reply = await wire.callTool("who", {}, { headers });
      expect(JSON.parse(reply.result.content[0].text)).toEqual({ auth: ada, sees: ["x-other"] });
    });

    test("scopes that every request needs are asked for at once", async () => {
      const wire = await open("poor", { requiredScopes: ["mcp"] });
      const reply = await wire.request("tools/list");
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([
        403,
        expect.stringMatching(/^Bearer error="insufficient_scope", scope="mcp", resource_metadata=/),
      ]);
      const rich = await openWire(server(), {
        transport,
        era: revision,
        auth: guard({ requiredScopes: ["mcp"] }),
        token: "good",
      });
      expect((await rich.request("tools/list")).status).toBe(200);
    });

    test("a page that may call the server may read how to be let in", async () => {
      const wire = await openWire(server(), {
        transport,
        era: revision,
        handshake: false,
        auth: guard(),
        allowedOrigins: ["https://app.example.com"],
      });
      const reply = await wire.request("tools/list", {}, { headers: { origin: "https://app.example.com" } });
      expect(reply.status).toBe(401);
      expect(reply.headers.get("access-control-expose-headers")).toMatch(/WWW-Authenticate, DPoP-Nonce/);
      const preflight = await wire
        .exchange("OPTIONS", { headers: { origin: "https://app.example.com" } })
        .reply();
      expect(preflight.status).toBe(204);
    });
  },
);

describe.each(httpTransports)("the metadata of the resource over %s", (transport) => {
  const body = (options: object = {}) => ({
    resource: "https://mcp.example.com/mcp",
    authorization_servers: ["https://as.example.com", "https://as2.example.com"],
    bearer_methods_supported: ["header"],
    ...options,
  });

  test.each([
    ["with the endpoint's path behind it", "/.well-known/oauth-protected-resource/mcp"],
    ["at the root", "/.well-known/oauth-protected-resource"],
  ])(
    "is %s, for everybody and every page [2026-07-28/authorization/metadata] [2025-11-25/authorization/metadata] [2026-07-28/authorization/metadata-located] [2025-11-25/authorization/metadata-located]",
    async (_, path) => {
      const wire = await openWire(server(), { transport, handshake: false, auth: guard() });
      const origin = "https://anywhere.example.com";
      const reply = await get(wire, path, "GET", { origin });
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text)).toEqual(body());
      expect(reply.contentType).toBe("application/json");
      expect(reply.headers.get("access-control-allow-origin")).toBe("*");
      expect(reply.headers.get("cache-control")).toBe("max-age=300");
      const asked = await get(wire, path, "OPTIONS", {
        origin,
        "access-control-request-headers": "mcp-protocol-version",
      });
      expect([asked.status, asked.headers.get("access-control-allow-headers")]).toEqual([204, "*"]);
      expect((await get(wire, path, "HEAD")).status).toBe(200);
      expect((await get(wire, path, "DELETE")).status).toBe(401);
    },
  );

  test("says what was said about it", async () => {
    const options = {
      scopesSupported: ["read", "write"],
      requiredScopes: ["read"],
      resourceName: "Notes",
      resourceDocumentation: "https://docs.example.com",
    };
    const wire = await openWire(server(), { transport, handshake: false, auth: guard(options) });
    const reply = await get(wire, "/.well-known/oauth-protected-resource/mcp");
    expect(JSON.parse(reply.text)).toEqual(
      body({
        scopes_supported: ["read", "write"],
        resource_name: "Notes",
        resource_documentation: "https://docs.example.com",
      }),
    );
  });

  test("names the scopes that every request needs, where no others are named", async () => {
    const wire = await openWire(server(), {
      transport,
      handshake: false,
      auth: guard({ requiredScopes: ["read"] }),
    });
    const reply = await get(wire, "/.well-known/oauth-protected-resource/mcp");
    expect(JSON.parse(reply.text).scopes_supported).toEqual(["read"]);
  });

  test.each([
    ["https://mcp.example.com", "https://mcp.example.com/.well-known/oauth-protected-resource", 1],
    ["https://mcp.example.com/", "https://mcp.example.com/.well-known/oauth-protected-resource", 1],
    [
      "https://mcp.example.com:8443/a/b",
      "https://mcp.example.com:8443/.well-known/oauth-protected-resource/a/b",
      2,
    ],
    [
      "https://mcp.example.com/mcp?tenant=a",
      "https://mcp.example.com/.well-known/oauth-protected-resource/mcp?tenant=a",
      2,
    ],
  ])("of %s is at %s", async (resource, url, count) => {
    const auth = guard({ resource });
    const wire = await openWire(server(), { transport, handshake: false, auth });
    const reply = await wire.request("tools/list");
    expect(reply.headers.get("www-authenticate")).toBe(`Bearer resource_metadata="${url}"`);
    expect(auth.paths).toHaveLength(count);
    const { pathname, search } = new URL(url);
    expect(JSON.parse((await get(wire, pathname + search)).text).resource).toBe(resource);
  });

  test("is not there where clients could learn nothing from it", async () => {
    const { key, hash } = createApiKey();
    const auth = apiKeys({ keys: [{ hash, subject: "job" }] });
    const wire = await openWire(server(), { transport, handshake: false, auth });
    expect((await wire.request("tools/list")).headers.get("www-authenticate")).toBe("Bearer");
    expect((await get(wire, "/.well-known/oauth-protected-resource")).status).not.toBe(200);
    expect(
      (await wire.request("tools/list", {}, { headers: { authorization: `Bearer ${key}` } })).status,
    ).toBe(200);
  });
});

test("a server for each tenant is protected as one for all is", async () => {
  const factory = (principal: Principal | undefined) =>
    new McpServer({ name: `notes of ${principal?.tenant}`, version: "1.0.0" }).tool("write", {
      scopes: ["write"],
      handler: () => "written",
    });
  const handler = new StreamableHttpTransport({ auth: guard() }).bind(factory);
  onTestFinished(() => handler.close());
  const metadata = await handler(new Request("http://localhost/.well-known/oauth-protected-resource"));
  expect(((await metadata.json()) as { resource: string }).resource).toBe("https://mcp.example.com/mcp");
  const call = (headers: object) =>
    handler(
      new Request("http://localhost/mcp", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2025-11-25",
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "write" } }),
      }),
    );
  expect((await call({})).status).toBe(401);
  const poor = await call({ authorization: "Bearer good" });
  expect([poor.status, poor.headers.get("www-authenticate")]).toEqual([
    403,
    expect.stringContaining('scope="mcp write"'),
  ]);
});

test("an authentication of one's own needs no more than one method", async () => {
  const auth = {
    authenticate: () => {
      throw new HttpError(402, "Pay first.");
    },
  };
  const wire = await openWire(server(), { transport: "node", handshake: false, auth });
  expect((await wire.request("tools/list")).status).toBe(402);
  expect((await get(wire, "/.well-known/oauth-protected-resource")).status).toBe(404);
});
