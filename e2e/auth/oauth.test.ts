import { StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as TransportOfV1 } from "@modelcontextprotocol/sdk/shared/transport.js";
import { McpServer } from "slipway";
import { introspection, jwt, type ResourceServer } from "slipway/auth";
import { type RunningServer, serve } from "slipway/node";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { PeerV1 } from "../support/peer-v1.ts";
import { PeerV2 } from "../support/peer-v2.ts";
import {
  type AuthorizationServer,
  CLIENT_METADATA_URL,
  RESOURCE_SERVER,
  startAuthorizationServer,
} from "./authorization-server.ts";
import { Browser } from "./browser.ts";
import { ClientProvider } from "./client-provider.ts";

let as: AuthorizationServer;
let protectedServer: { url: URL; running: RunningServer };
beforeAll(async () => {
  as = await startAuthorizationServer();
  protectedServer = await protect("/mcp", (resource) =>
    jwt({ issuer: as.issuer, audience: resource, requiredScopes: ["notes:read"] }),
  );
});
afterAll(async () => {
  await protectedServer.running.close(0);
  await as.close();
});
beforeEach(() => {
  as.requests.length = 0;
  as.clients.clear();
});

async function protect(path: string, authOf: (resource: string) => ResourceServer) {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}${path}`;
  const server = new McpServer({ name: "notes", version: "1.0.0" })
    .tool("read", { scopes: ["notes:read"], handler: (_, ctx) => JSON.stringify(ctx.auth) })
    .tool("write", { scopes: ["notes:write"], handler: (_, ctx) => JSON.stringify(ctx.auth?.scopes) });
  const running = await serve(server, { port, path, auth: authOf(resource) });
  return { url: new URL(resource), running };
}

interface Session {
  readonly peer: PeerV1 | PeerV2;
  readonly transport: TransportV1 | TransportV2;
}

interface Kind {
  readonly name: string;
  readonly revision: string;
  open(url: URL, provider: ClientProvider): Session;
}

const v2 = (mode: "legacy" | "modern", revision: string): Kind => ({
  name: `client 2.x, ${mode}`,
  revision,
  open: (url, provider) => ({
    peer: new PeerV2(mode),
    transport: new TransportV2(url, { authProvider: provider as never }),
  }),
});

const kinds: Kind[] = [
  v2("modern", "2026-07-28"),
  v2("legacy", "2025-11-25"),
  {
    name: "client 1.x",
    revision: "2025-11-25",
    open: (url, provider) => ({
      peer: new PeerV1(),
      transport: new TransportV1(url, { authProvider: provider as never }),
    }),
  },
];

/** An application with one of the official clients, and its user. */
class Application {
  readonly browser = new Browser();
  readonly provider: ClientProvider;
  readonly #kind: Kind;
  readonly #url: URL;
  #session: Session | undefined;

  constructor(kind: Kind, url: URL, options: { byDocument?: boolean; refreshes?: boolean } = {}) {
    this.#kind = kind;
    this.#url = url;
    this.provider = new ClientProvider(this.browser, { byDocument: true, refreshes: true, ...options });
    onTestFinished(async () => void (await this.#session?.peer.close()));
  }

  /** Connects; where the client is sent to authorize, its user does so. */
  async connect(): Promise<void> {
    this.#session = this.#kind.open(this.#url, this.provider);
    const { peer, transport } = this.#session;
    try {
      await peer.connect(transport as TransportV2 & TransportOfV1);
    } catch (error) {
      await this.#comeBack(error);
      await this.connect();
    }
  }

  /** Calls a tool; where the client is sent to authorize for more, its user does so, and the call is made again. */
  async call(name: string): Promise<unknown> {
    const read = async () => {
      const { content } = (await this.#session?.peer.call(name, {})) ?? {};
      return JSON.parse(content?.[0]?.text ?? "") as unknown;
    };
    try {
      return await read();
    } catch (error) {
      await this.#comeBack(error);
      return read();
    }
  }

  async #comeBack(error: unknown): Promise<void> {
    const { callback } = this.provider;
    if (callback === undefined) throw error;
    this.provider.callback = undefined;
    expect(callback.searchParams.get("state")).toBe("a state");
    const transport = this.#session?.transport;
    if (transport instanceof TransportV2) await transport.finishAuth(callback.searchParams);
    else await transport?.finishAuth(callback.searchParams.get("code") ?? "");
  }
}

describe.each(kinds)("the official $name", (kind) => {
  test(`finds its way from the address alone, with a client metadata document [${kind.revision}/authorization/http-conforms]`, async () => {
    const app = new Application(kind, protectedServer.url);
    await app.connect();
    expect(await app.call("read")).toMatchObject({
      subject: "ada",
      clientId: CLIENT_METADATA_URL,
      scopes: ["notes:read"],
      claims: { aud: protectedServer.url.href, iss: as.issuer },
    });
    expect([...as.clients]).toEqual([CLIENT_METADATA_URL]);
    // What the first challenge named, and no more.
    expect(app.provider.asked).toEqual(["notes:read"]);
    expect(app.browser.prompts).toEqual(["login", "consent"]);
    expect(as.requests).not.toContain("/reg");
  });

  test("finds its way by dynamic registration", async () => {
    const app = new Application(kind, protectedServer.url, { byDocument: false });
    await app.connect();
    expect(as.requests).toContain("/reg");
    expect(await app.call("read")).toMatchObject({ subject: "ada", scopes: ["notes:read"] });
  });

  test("asks its user for more where a tool needs that", async () => {
    // Client 1.x refreshes its token in place of asking for more, if it can.
    const app = new Application(kind, protectedServer.url, { refreshes: false });
    await app.connect();
    expect(await app.call("read")).toMatchObject({ scopes: ["notes:read"] });
    expect(await app.call("write")).toEqual(["notes:read", "notes:write"]);
    expect(app.provider.asked).toEqual(["notes:read", "notes:read notes:write"]);
    // Signed in already; asked for what is new alone.
    expect(app.browser.prompts).toEqual(["login", "consent", "consent"]);
    // What it could do before, it still can.
    expect(await app.call("read")).toMatchObject({ scopes: ["notes:read", "notes:write"] });
  });

  test("refreshes a token that is not good any more", async () => {
    const app = new Application(kind, protectedServer.url);
    await app.connect();
    const first = app.provider.saved;
    expect(first?.refresh_token).toBeTypeOf("string");
    app.provider.saved = { ...first!, access_token: `${first!.access_token}x` };
    expect(await app.call("read")).toMatchObject({ subject: "ada" });
    expect(app.provider.saved?.access_token).not.toBe(first?.access_token);
    expect(app.browser.prompts).toEqual(["login", "consent"]);
  });
});

test("a token for one server is none for another of the same issuer", async () => {
  const other = await protect("/other", (resource) => jwt({ issuer: as.issuer, audience: resource }));
  onTestFinished(() => other.running.close(0));
  const app = new Application(kinds[0]!, protectedServer.url);
  await app.connect();
  const headers = { authorization: `Bearer ${app.provider.saved?.access_token}` };
  const answer = (url: URL) => fetch(url, { method: "GET", headers });
  expect((await answer(protectedServer.url)).status).not.toBe(401);
  expect((await answer(other.url)).status).toBe(401);
});

test("tokens that say nothing by themselves are asked about at their issuer", async () => {
  const opaque = await protect("/opaque", (resource) =>
    introspection({
      issuer: as.issuer,
      audience: resource,
      clientId: RESOURCE_SERVER.client_id,
      clientSecret: RESOURCE_SERVER.client_secret,
      requiredScopes: ["notes:read"],
    }),
  );
  onTestFinished(() => opaque.running.close(0));
  const app = new Application(kinds[0]!, opaque.url);
  await app.connect();
  expect(app.provider.saved?.access_token).not.toContain(".");
  expect(await app.call("read")).toMatchObject({
    subject: "ada",
    clientId: CLIENT_METADATA_URL,
    scopes: ["notes:read"],
  });
  // Asked once for all that the client has done.
  expect(as.requests.filter((path) => path === "/token/introspection")).toHaveLength(1);
  expect(await app.call("write")).toEqual(["notes:read", "notes:write"]);
});
