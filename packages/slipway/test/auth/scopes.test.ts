import { InsufficientScopeError, McpServer, type Principal } from "slipway";
import { custom } from "slipway/auth";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import {
  httpTransports,
  legacyRevisions,
  matrix,
  openWire,
  type Transport,
  type Wire,
} from "../support/index.ts";

const info = { name: "scoped", version: "1.0.0" };
const resource = "https://mcp.example.com/mcp";
const metadata = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';
const description = 'error_description="The access token lacks scopes that this needs"';

const PEOPLE: { readonly [token: string]: Principal } = {
  reader: { subject: "ada", scopes: ["read", "openid", "offline_access"] },
  writer: { subject: "bob", scopes: ["read", "write", "all"] },
};

const auth = custom((token) => PEOPLE[token ?? ""], {
  resource,
  authorizationServers: ["https://as.example.com"],
});

function makeServer(withoutScopes: "challenge" | "hide" = "challenge") {
  const ran: string[] = [];
  const run = (name: string) => () => {
    ran.push(name);
    return name;
  };
  const access = { scopes: ["write", "all"], withoutScopes };
  const server = new McpServer({ ...info, logger: recordingLogger() })
    .tool("open", { handler: run("open") })
    .tool("t", { ...access, handler: run("t") })
    .tool("asks", {
      handler: (_, ctx) => {
        ran.push("asks");
        if (!ctx.auth?.scopes?.includes("write")) throw new InsufficientScopeError(["write"]);
        return "asked";
      },
    })
    .prompt("p", {
      ...access,
      arguments: [{ name: "a" }],
      complete: { a: () => [run("complete p")()] },
      handler: run("p"),
    })
    .resource("x://r", { ...access, cacheHints: { ttlMs: 1000, cacheScope: "public" }, handler: run("r") })
    .resource("x://of/{id}", {
      ...access,
      complete: { id: () => [run("complete id")()] },
      list: () => [{ uri: "x://of/1", name: run("list")() }],
      handler: run("of"),
    });
  return { server, ran };
}

const USES: [string, object][] = [
  ["tools/call", { name: "t" }],
  ["prompts/get", { name: "p" }],
  ["resources/read", { uri: "x://r" }],
  ["resources/read", { uri: "x://of/1" }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "" } }],
  [
    "completion/complete",
    { ref: { type: "ref/resource", uri: "x://of/{id}" }, argument: { name: "id", value: "" } },
  ],
];

async function listed(wire: Wire): Promise<string[]> {
  const found: string[] = [];
  for (const [method, member, key] of [
    ["tools/list", "tools", "name"],
    ["prompts/list", "prompts", "name"],
    ["resources/list", "resources", "uri"],
    ["resources/templates/list", "resourceTemplates", "uriTemplate"],
  ] as const) {
    const { result } = await wire.request(method);
    for (const entry of result[member]) found.push(entry[key]);
  }
  return found;
}

/** Opens a wire as somebody; over stdio the program is told who calls. */
function openAs(server: McpServer, who: string, transport: Transport, era: string): Promise<Wire> {
  if (transport === "stdio") return openWire(server, { transport, era, stdio: { auth: PEOPLE[who] } });
  return openWire(server, { transport, era, auth, token: who });
}

describe.each(matrix())("scopes in $revision over $transport", ({ transport, revision, era }) => {
  test(`use is refused with all scopes that it needs, and nothing runs [${revision}/authorization/insufficient-scope-403] [${revision}/authorization/challenge-names-scopes]`, async () => {
    const { server, ran } = makeServer();
    const wire = await openAs(server, "reader", transport, revision);
    for (const [method, params] of USES) {
      const reply = await wire.request(method, params);
      expect(reply.error, method).toEqual({
        code: -32600,
        message: 'Insufficient scope: this needs "write all".',
        data: { requiredScopes: ["write", "all"] },
      });
      if (transport === "stdio") continue;
      // A client with handshake would lose what it has if it asked for the missing alone.
      const scope = era === "modern" ? "write all" : "read openid write all";
      expect(reply.status, method).toBe(403);
      expect(reply.headers.get("www-authenticate"), method).toBe(
        `Bearer error="insufficient_scope", scope="${scope}", ${metadata}, ${description}`,
      );
    }
    expect(ran).toEqual([]);
    // What needs none is served as ever.
    expect((await wire.callTool("open")).result.content[0].text).toBe("open");
  });

  test("those who have the scopes notice nothing", async () => {
    const { server, ran } = makeServer();
    const wire = await openAs(server, "writer", transport, revision);
    for (const [method, params] of USES)
      expect((await wire.request(method, params)).response).not.toHaveProperty("error");
    expect(ran).toHaveLength(USES.length);
  });

  test("a handler asks for scopes that only it knows of", async () => {
    const { server, ran } = makeServer();
    const wire = await openAs(server, "reader", transport, revision);
    const reply = await wire.callTool("asks");
    expect(reply.error.data).toEqual({ requiredScopes: ["write"] });
    if (transport !== "stdio")
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([
        403,
        expect.stringContaining('scope="'),
      ]);
    expect(ran).toEqual(["asks"]);
    expect(
      (await (await openAs(server, "writer", transport, revision)).callTool("asks")).result.content[0].text,
    ).toBe("asked");
  });

  test("what is challenged is listed, except for what a template would list", async () => {
    const { server, ran } = makeServer();
    expect(await listed(await openAs(server, "reader", transport, revision))).toEqual([
      "asks",
      "open",
      "t",
      "p",
      "x://r",
      "x://of/{id}",
    ]);
    expect(ran).toEqual([]);
    expect(await listed(await openAs(server, "writer", transport, revision))).toContain("x://of/1");
  });

  test("what is hidden is neither listed nor known", async () => {
    const { server, ran } = makeServer("hide");
    const wire = await openAs(server, "reader", transport, revision);
    expect(await listed(wire)).toEqual(["asks", "open"]);
    for (const [method, params] of USES) {
      const { error } = await wire.request(method, params);
      expect(error.message).toMatch(/^(Unknown|Resource not found)/);
    }
    expect(ran).toEqual([]);
    expect(await listed(await openAs(server, "writer", transport, revision))).toHaveLength(7);
  });

  test("what belongs to refresh tokens is no scope of a resource [2026-07-28/authorization/no-offline-access]", async () => {
    if (transport === "stdio") return;
    const server = new McpServer(info).tool("t", { scopes: ["write", "offline_access"], handler: () => "" });
    const asks = custom((token) => PEOPLE[token ?? ""], {
      resource,
      authorizationServers: ["https://as.example.com"],
      scopesSupported: ["read", "offline_access"],
    });
    const wire = await openWire(server, { transport, era: revision, auth: asks, token: "reader" });
    expect((await wire.callTool("t")).headers.get("www-authenticate")).not.toContain("offline_access");
    const { body = "" } =
      asks.document({ method: "GET", url: "/.well-known/oauth-protected-resource" }) ?? {};
    expect(JSON.parse(body).scopes_supported).toEqual(["read"]);
  });

  test("nobody has scopes", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: revision });
    const reply = await wire.callTool("t");
    expect(reply.error.data).toEqual({ requiredScopes: ["write", "all"] });
    // Nobody has said how to be let in.
    if (transport !== "stdio")
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([403, null]);
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "over $transport in $revision",
  ({ transport, revision }) => {
    test("who is not known is asked to authorize where that is needed only", async () => {
      const { server } = makeServer();
      const optional = custom((token) => PEOPLE[token ?? ""], {
        resource,
        optional: true,
        authorizationServers: ["https://as.example.com"],
      });
      const wire = await openWire(server, { transport, era: revision, auth: optional });
      expect((await wire.callTool("open")).status).toBe(200);
      const reply = await wire.callTool("t");
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([
        401,
        `Bearer scope="write all", ${metadata}`,
      ]);
    });

    test("changes of a resource are told only to those who may read it", async () => {
      const { server } = makeServer();
      const reader = await openWire(server, { transport, era: revision, auth, token: "reader" });
      if (revision === "2026-07-28") {
        const uris = ["x://r", "x://of/1"];
        const acknowledged = async (wire: Wire) => {
          const stream = wire.start("subscriptions/listen", {
            notifications: { resourceSubscriptions: uris },
          });
          const { params } = await stream.nextOf("notifications/subscriptions/acknowledged");
          return params.notifications.resourceSubscriptions;
        };
        expect(await acknowledged(reader)).toEqual([]);
        const writer = await openWire(server, { transport, era: revision, auth, token: "writer" });
        expect(await acknowledged(writer)).toEqual(uris);
        return;
      }
      const reply = await reader.request("resources/subscribe", { uri: "x://r" });
      expect(reply.status).toBe(403);
    });

    test("what needs scopes is not to be cached for others", async () => {
      if (revision !== "2026-07-28") return;
      const wire = await openWire(makeServer().server, { transport, era: revision, auth, token: "writer" });
      const { result } = await wire.request("resources/read", { uri: "x://r" });
      expect([result.ttlMs, result.cacheScope]).toEqual([1000, "private"]);
    });
  },
);

test("an answer to several tells of scopes within it", async () => {
  const { server } = makeServer();
  const wire = await openWire(server, { transport: "fetch", era: "2025-03-26", auth, token: "reader" });
  const reply = await wire.send([wire.message("tools/call", { name: "t" }), wire.message("ping")]).reply();
  expect(reply.status).toBe(200);
  expect(reply.text).toContain('"requiredScopes":["write","all"]');
});

test.each(legacyRevisions)("a client of %s is challenged", async (era) => {
  const { server } = makeServer();
  const wire = await openWire(server, { transport: "fetch", era, auth, token: "reader" });
  expect((await wire.callTool("t")).status).toBe(403);
});

test("mounted tools need their scopes, too", async () => {
  const { server } = makeServer();
  const outer = new McpServer(info).group("inner", server);
  const wire = await openWire(outer, { transport: "fetch", auth, token: "reader" });
  expect((await wire.callTool("inner_t")).status).toBe(403);
});

test("once something was emitted, only the error itself can tell", async () => {
  const server = new McpServer(info)
    .use(async (ctx, next) => {
      await ctx.progress({ progress: 1 });
      return next();
    })
    .tool("t", { scopes: ["write"], handler: () => "" });
  const wire = await openWire(server, { transport: "node", auth, token: "reader" });
  const reply = await wire.request("tools/call", { name: "t" }, { meta: { progressToken: 1 } });
  expect([reply.status, reply.error.data]).toEqual([200, { requiredScopes: ["write"] }]);
});

test.each([["a b"], ['a"'], ["a\\b"], [""], ["a\nb"]])("%j is no scope", (scope) => {
  const scopes = [scope as string];
  expect(() => new McpServer(info).tool("t", { scopes, handler: () => "" })).toThrow(
    'scopes of the tool "t"',
  );
  expect(() => new McpServer(info).prompt("p", { scopes, handler: () => "" })).toThrow(
    'scopes of the prompt "p"',
  );
  expect(() => new McpServer(info).resource("x://r", { scopes, handler: () => "" })).toThrow(
    "scopes of the resource",
  );
});
