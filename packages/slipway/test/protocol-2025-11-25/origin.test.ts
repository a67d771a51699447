import { networkInterfaces } from "node:os";
import { HttpError, McpServer } from "slipway";
import { serve } from "slipway/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { httpTransports, openWire, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

function makeServer() {
  const server = new McpServer({ name: "origins", version: "1.0.0", logger: silent });
  const ran: string[] = [];
  server.tool("who", { handler: (_, ctx) => `${ran.push(ctx.auth?.subject ?? "nobody")} ${ran.at(-1)}` });
  return { server, ran };
}

/** The status of every kind of request with these headers; DELETE last, since it may succeed. */
async function statuses(
  wire: Wire,
  headers: { [name: string]: string | string[] | null },
): Promise<number[]> {
  const post = await wire.callTool("who", {}, { headers });
  const get = wire.get({ headers });
  const { status } = await get.head;
  get.close();
  const options = await wire.exchange("OPTIONS", { headers }).reply();
  const remove = await wire.delete({ headers });
  return [post.status, status, options.status, remove.status];
}

const SERVED = [200, 200, 204, 204];
const REFUSED = [403, 403, 403, 403];

describe.each(httpTransports)("origins over %s", (transport) => {
  test.each([
    ["none", null],
    ["http://localhost:5173", "http://localhost:5173"],
    ["http://127.0.0.1", "http://127.0.0.1"],
    ["https://[::1]:8443", "https://[::1]:8443"],
  ])(
    "by default a local server serves the origin %s, as that of a page from this machine [2025-11-25/http/origin-validated]",
    async (_, origin) => {
      const wire = await openWire(makeServer().server, { transport, era: REVISION });
      expect(await statuses(wire, { origin })).toEqual(SERVED);
    },
  );

  test.each<[what: string, origin: string | string[]]>([
    ["of another site", "https://evil.example"],
    ["whose name begins like a local one", "http://localhost.evil.example"],
    ["whose path has a local name", "http://evil.example/localhost"],
    ["whose user has a local name", "http://localhost@evil.example"],
    ["whose name begins like a local address", "http://127.0.0.1.evil.example"],
    ["whose name ends like a local one", "http://evil-localhost"],
    ["null", "null"],
    ["that is no URL", "not a url"],
    ["without a host", "http://"],
    ["that is empty", ""],
    ["of a file", "file://"],
    ["beside another", ["http://localhost", "https://evil.example"]],
  ])(
    "an origin %s is refused with 403, before the body is looked at [2025-11-25/http/origin-validated] [2025-11-25/http/origin-403]",
    async (_, origin) => {
      const { server, ran } = makeServer();
      const wire = await openWire(server, { transport, era: REVISION });
      expect(await statuses(wire, { origin })).toEqual(REFUSED);
      const refused = await wire.send("{", { headers: { origin } }).reply();
      expect(refused.status).toBe(403);
      expect(refused.error.code).toBe(-32600);
      expect(refused.response).not.toHaveProperty("id");
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect(ran).toEqual([]);
      expect((await wire.request("ping")).status).toBe(200);
    },
  );

  test("allowedOrigins says exactly which origins are served [2025-11-25/http/origin-validated]", async () => {
    const allowedOrigins = ["https://app.example.com"];
    const open = () => openWire(makeServer().server, { transport, era: REVISION, allowedOrigins });
    expect(await statuses(await open(), { origin: "https://app.example.com" })).toEqual(SERVED);
    expect(await statuses(await open(), { origin: null })).toEqual(SERVED);
    for (const origin of [
      "http://app.example.com",
      "https://app.example.com:8443",
      "https://x.app.example.com",
      "http://localhost",
    ]) {
      expect(await statuses(await open(), { origin }), origin).toEqual(REFUSED);
    }
    const any = await openWire(makeServer().server, { transport, era: REVISION, allowedOrigins: ["*"] });
    expect(await statuses(any, { origin: "https://anything.example" })).toEqual(SERVED);
  });

  test("a page that is allowed may read what it is answered, and only that page", async () => {
    const origin = "http://localhost:5173";
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const stream = wire.get({ headers: { origin } });
    const heads = [
      await wire.callTool("who", {}, { headers: { origin } }),
      await wire.initialize({ headers: { origin } }),
      await wire.send("{", { headers: { origin } }).reply(),
      await wire.request("ping", {}, { headers: { origin, "mcp-session-id": "unknown" } }),
      await wire.exchange("PUT", { headers: { origin } }).reply(),
      await stream.head,
    ];
    expect(heads.map(({ status }) => status)).toEqual([200, 200, 400, 404, 405, 200]);
    for (const { headers } of heads) {
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toContain("Mcp-Session-Id");
      expect(headers.get("vary")).toContain("Origin");
    }
    const without = await wire.request("ping");
    expect(without.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a browser that asks beforehand is told what it may send, without credentials", async () => {
    const authenticate = () => {
      throw new HttpError(401, "Who are you?");
    };
    const wire = await openWire(makeServer().server, {
      transport,
      era: REVISION,
      handshake: false,
      authenticate,
    });
    const asked = "content-type, mcp-session-id, mcp-protocol-version, authorization, last-event-id";
    const { status, headers, text } = await wire
      .exchange("OPTIONS", {
        headers: {
          origin: "http://localhost:5173",
          "access-control-request-method": "POST",
          "access-control-request-headers": asked,
        },
      })
      .reply();
    expect({ status, text }).toEqual({ status: 204, text: "" });
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect(headers.get("access-control-allow-headers")).toBe(asked);
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(headers.get("access-control-allow-methods")).toContain(method);
    }
    expect(Number(headers.get("access-control-max-age"))).toBeGreaterThan(0);
  });

  test("a local server that is reached by another name is not served", async () => {
    const { server, ran } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    for (const host of [
      "evil.example",
      "evil.example:80",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "0.0.0.0",
    ]) {
      expect(await statuses(wire, { host }), host).toEqual(REFUSED);
    }
    for (const host of ["localhost", "LOCALHOST:1234", "127.0.0.1:9", "[::1]:80"]) {
      expect((await wire.request("ping", {}, { headers: { host } })).status, host).toBe(200);
    }
    expect(ran).toEqual([]);
  });

  test("allowedHosts says by which names a server may be reached", async () => {
    const allowedHosts = ["mcp.example.com", "other.example.com:8443", "127.0.0.1", "localhost"];
    const wire = await openWire(makeServer().server, { transport, era: REVISION, allowedHosts });
    const ping = async (host: string) => (await wire.request("ping", {}, { headers: { host } })).status;
    expect(await ping("mcp.example.com")).toBe(200);
    expect(await ping("mcp.example.com:8080")).toBe(200);
    expect(await ping("other.example.com:8443")).toBe(200);
    expect(await ping("other.example.com")).toBe(403);
    expect(await ping("evil.example")).toBe(403);
  });

  test("where callers are authenticated, no request is served without credentials [2025-11-25/http/authentication]", async () => {
    const { server, ran } = makeServer();
    const seen: string[] = [];
    const wire = await openWire(server, {
      transport,
      era: REVISION,
      handshake: false,
      authenticate: async ({ method, headers }) => {
        seen.push(method);
        if (headers.get("authorization") === "Bearer right") return { subject: "ada" };
        throw new HttpError(401, "Send a token.", { headers: [["www-authenticate", "Bearer"]] });
      },
    });
    for (const authorization of [null, "Bearer wrong", "right"]) {
      const headers = { authorization };
      const replies = [
        await wire.initialize({ headers }),
        await wire.callTool("who", {}, { headers }),
        await wire.notify("notifications/initialized", {}, { headers }),
        await wire.send("{", { headers }).reply(),
        await wire.get({ headers }).reply(),
        await wire.delete({ headers }),
        await wire.exchange("PUT", { headers }).reply(),
      ];
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 401));
      expect(replies[0]?.headers.get("www-authenticate")).toBe("Bearer");
    }
    expect(ran).toEqual([]);
    const headers = { authorization: "Bearer right" };
    wire.sessionId = (await wire.initialize({ headers })).headers.get("mcp-session-id") ?? "";
    expect((await wire.callTool("who", {}, { headers })).toolText).toBe("1 ada");
    expect(new Set(seen)).toEqual(new Set(["POST", "GET", "DELETE", "PUT"]));
  });

  test("an authenticator that fails lets nobody in [2025-11-25/http/authentication]", async () => {
    const { server, ran } = makeServer();
    const authenticate = () => Promise.reject(new Error("secret: the database is away"));
    const wire = await openWire(server, { transport, era: REVISION, handshake: false, authenticate });
    const reply = await wire.callTool("who");
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain("secret");
    expect(ran).toEqual([]);
  });
});

test("a served server listens on the loopback alone, unless told otherwise [2025-11-25/http/binds-to-loopback]", async () => {
  const running = await serve(makeServer().server, { port: 0 });
  onTestFinished(() => running.close());
  expect(new URL(running.url).hostname).toBe("127.0.0.1");
  expect(running.http.address()).toMatchObject({ address: "127.0.0.1" });
  const others = Object.values(networkInterfaces()).flat();
  for (const { address, family } of others.flatMap((entry) => (entry && !entry.internal ? [entry] : []))) {
    if (family !== "IPv4") continue;
    await expect(fetch(`http://${address}:${running.port}/mcp`, { method: "POST" })).rejects.toThrow();
  }
});
