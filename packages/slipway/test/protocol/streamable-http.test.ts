import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { HttpError, type McpServer, type Principal } from "slipway";
import { serve } from "slipway/node";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { gate, httpTransports, META, openWire, type Reply, until, type Wire } from "../support/index.ts";
import { AGREEING, EVERY_METHOD, emptyServer, fullServer, REVISION } from "./server.ts";

const MODERN_ONLY = { protocolVersions: [REVISION] };
const EAGER = { meta: { progressToken: "p", [META.logLevel]: "debug" } };

/** A server that counts what gets as far as its methods. */
function counting(options = {}): { server: McpServer; served: () => number } {
  let served = 0;
  const server = fullServer(options).use(async (_ctx, next) => {
    served++;
    await next();
  });
  return { server, served: () => served };
}

/** A tool that begins a stream, and then waits. */
function lingering() {
  const release = gate();
  const started = gate();
  const aborted = gate<unknown>();
  const ended = gate();
  const server = fullServer().tool("linger", {
    handler: async (_, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted.open(ctx.signal.reason));
      await ctx.progress({ progress: 1 });
      started.open();
      await Promise.race([release.opened, aborted.opened]);
      await ctx.progress({ progress: 2 });
      await ctx.log.error("after");
      ended.open();
      return "lingered";
    },
  });
  return { server, release, started, aborted, ended };
}

describe.each(httpTransports)("Streamable HTTP over %s", (transport) => {
  const open = (server: McpServer = fullServer(), options = {}) =>
    openWire(server, { transport, ...options });

  test("every method is served by POST at one address [2026-07-28/http/single-endpoint]", async () => {
    const wire = await open();
    for (const [method, params] of EVERY_METHOD) {
      const reply = await wire.request(method, params);
      expect(reply.status, method).toBe(200);
      expect(reply.result.resultType).toBe("complete");
    }
    const stream = wire.start("subscriptions/listen", { notifications: {} });
    expect((await stream.head).status).toBe(200);
    stream.close();
  });

  const origins: [string | null, boolean][] = [
    [null, true],
    ["http://localhost:5173", true],
    ["http://127.0.0.1", true],
    ["https://[::1]:8443", true],
    ["https://evil.example", false],
    ["http://localhost.evil.example", false],
    ["http://localhost@evil.example", false],
    ["http://evil.example/localhost", false],
    ["null", false],
    ["not a url", false],
    ["http://", false],
    ["", false],
    ["file://", false],
    ["http://localhost, https://evil.example", false],
  ];
  test.each(origins)(
    "of the origin %j each kind of request is served: %j [2026-07-28/http/origin-validated] [2026-07-28/http/origin-403]",
    async (origin, allowed) => {
      const { server, served } = counting();
      const wire = await open(server);
      const headers = { origin };
      const post = await wire.callTool("echo", {}, { headers });
      expect(post.status).toBe(allowed ? 200 : 403);
      expect(served()).toBe(allowed ? 1 : 0);
      for (const method of ["GET", "DELETE", "OPTIONS", "PUT"]) {
        const reply = await wire.exchange(method, { headers }).reply();
        expect(reply.status === 403, method).toBe(!allowed);
      }
      const unreadable = await wire.send("{", { headers }).reply();
      expect(unreadable.status).toBe(allowed ? 400 : 403);
      if (allowed) return;
      for (const reply of [post, unreadable]) {
        expect(reply.response).toEqual({ jsonrpc: "2.0", error: expect.objectContaining({ code: -32600 }) });
      }
    },
  );

  test("allowedOrigins replaces what is allowed by itself [2026-07-28/http/origin-validated]", async () => {
    const wire = await open(fullServer(), { allowedOrigins: ["https://app.example.com"] });
    const status = async (origin: string) =>
      (await wire.callTool("echo", {}, { headers: { origin } })).status;
    expect(await status("https://app.example.com")).toBe(200);
    expect(await status("https://app.example.com.evil.example")).toBe(403);
    expect(await status("http://localhost")).toBe(403);
  });

  test("whoever cannot say who they are is refused with 401, and nothing runs [2026-07-28/http/authentication]", async () => {
    const known = new Map<string, Principal>([["Bearer right", { subject: "alice" }]]);
    const authenticate = async ({ headers }: { headers: { get(name: string): string | null } }) => {
      const principal = known.get(headers.get("authorization") ?? "");
      if (principal !== undefined) return principal;
      throw new HttpError(401, "Say who you are.", { headers: [["www-authenticate", "Bearer"]] });
    };
    const { server, served } = counting();
    server.tool("who", { handler: (_, ctx) => ctx.auth?.subject });
    const wire = await open(server, { authenticate });
    for (const authorization of [null, "Bearer wrong", "right"]) {
      const headers = { authorization };
      for (const reply of [
        await wire.callTool("who", {}, { headers }),
        await wire.request("server/discover", {}, { headers }),
        await wire.send("{", { headers }).reply(),
        await wire.get({ headers }).reply(),
        await wire.delete({ headers }),
      ]) {
        expect(reply.status).toBe(401);
        expect(reply.headers.get("www-authenticate")).toBe("Bearer");
      }
    }
    expect(served()).toBe(0);
    const headers = { authorization: "Bearer right" };
    expect((await wire.callTool("who", {}, { headers })).toolText).toBe("alice");
  });

  test("a notification that is accepted is answered with 202 and nothing else [2026-07-28/http/accepted-202]", async () => {
    const modern = await open();
    const legacy = await openWire(fullServer(), { transport, era: "2025-11-25" });
    const ask = legacy.startTool("roots");
    const question = await ask.next();
    const accepted = [
      await modern.notify("notifications/unknown"),
      await modern.notify("notifications/cancelled", { requestId: 1 }),
      await legacy.notify("notifications/initialized"),
      await legacy.notify("notifications/unknown"),
      await legacy.respond(question.id, { roots: [] }),
    ];
    for (const reply of accepted) {
      expect(reply.status).toBe(202);
      expect(reply.text).toBe("");
      expect(reply.headers.get("content-type")).toBeNull();
      if (transport === "node") expect(reply.headers.get("content-length")).toBe("0");
    }
    expect((await ask.reply()).toolText).toBe("[]");
  });

  test("what is not accepted is answered with an error's status, and at most an error without id [2026-07-28/http/refused-status]", async () => {
    const modern = await open();
    const legacy = await openWire(fullServer(), { transport, era: "2025-11-25" });
    const unknown = { headers: { "mcp-session-id": "unknown" } };
    const notification = { jsonrpc: "2.0", method: "notifications/unknown" };
    const refused: [Reply, number][] = [
      [await modern.send({ ...notification, params: 7 }).reply(), 400],
      [await modern.send({ ...notification, jsonrpc: "1.0" }).reply(), 400],
      [await modern.send({ jsonrpc: "2.0", id: 1, result: {} }).reply(), 400],
      [await modern.send({ jsonrpc: "2.0", id: 1, error: { code: 1, message: "" } }).reply(), 400],
      [await modern.send(notification, { headers: { "content-type": "text/plain" } }).reply(), 415],
      [await modern.send(notification, { headers: { "mcp-protocol-version": "2099-01-01" } }).reply(), 400],
      [await legacy.notify("notifications/initialized", {}, unknown), 404],
      [await legacy.respond("nobody", {}, unknown), 404],
    ];
    for (const [reply, status] of refused) {
      expect(reply.status).toBe(status);
      expect(reply.response).toEqual({ jsonrpc: "2.0", error: expect.anything() });
    }
  });

  test("a request is answered with one object, or with an event stream once something is emitted [2026-07-28/http/json-or-event-stream]", async () => {
    const wire = await open();
    const kinds: [string, object, string][] = [
      ["echo", {}, "application/json"],
      ["throw", {}, "application/json"],
      ["?", {}, "application/json"],
      ["elicit", {}, "application/json"],
      ["report", {}, "application/json"],
      ["report", EAGER, "text/event-stream"],
    ];
    for (const [name, options, kind] of kinds) {
      const reply = await wire.callTool(name, {}, options);
      expect(reply.contentType, name).toBe(kind);
      if (kind === "application/json") expect(JSON.parse(reply.text)).toEqual(reply.response);
      else expect(reply.events.map(({ data }) => JSON.parse(data ?? ""))).toEqual(reply.messages);
      expect(reply.response, name).toBeDefined();
    }
  });

  test("a call's stream has what belongs to the call, and a subscription's what it was promised [2026-07-28/http/stream-messages-relate]", async () => {
    const { server, release, started } = lingering();
    server.tool("also", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1, message: "also" });
        await ctx.log.info("also");
        await release.opened;
        return "also";
      },
    });
    const wire = await open(server);
    const listening = await wire.listen({ toolsListChanged: true, resourceSubscriptions: ["test://plain"] });
    const one = wire.startTool("linger", {}, { meta: { progressToken: "one" } });
    const other = wire.startTool("also", {}, { meta: { progressToken: "other", [META.logLevel]: "info" } });
    await Promise.all([started.opened, other.nextOf("notifications/message")]);
    server.tool("new", { handler: () => "" });
    server.notify("notifications/resources/updated", { uri: "test://plain" });
    await listening.next();
    await listening.next();
    release.open();
    const [first, second] = await Promise.all([one.reply(), other.reply()]);
    expect(first.notifications.map(({ params }) => params.progressToken)).toEqual(["one", "one"]);
    expect(second.notifications.map(({ method }) => method)).toEqual([
      "notifications/progress",
      "notifications/message",
    ]);
    expect(listening.messages.items.map(({ method }) => method).sort()).toEqual([
      "notifications/resources/updated",
      "notifications/subscriptions/acknowledged",
      "notifications/tools/list_changed",
    ]);
  });

  test("no stream has a request, whatever is asked after it began [2026-07-28/http/no-requests-on-streams]", async () => {
    const server = fullServer();
    for (const [name, ask] of Object.entries({ elicit: "visit", sample: "sample", roots: "roots" })) {
      server.tool(`streams and asks ${name}`.replaceAll(" ", "_"), {
        handler: async (_, ctx) => {
          await ctx.progress({ progress: 1 });
          if (ask === "visit") await ctx.elicit({ message: "Go", url: "https://example.com" });
          if (ask === "sample") {
            const content = { type: "text" as const, text: "?" };
            await ctx.sample({ messages: [{ role: "user", content }], maxTokens: 1 });
          }
          if (ask === "roots") await ctx.listRoots();
          return "answered";
        },
      });
    }
    const wire = await open(server);
    for (const name of ["elicit", "sample", "roots"]) {
      const tool = `streams_and_asks_${name}`;
      const reply = await wire.callTool(tool, {}, EAGER);
      expect(reply.contentType).toBe("text/event-stream");
      expect(reply.messages.map(({ method, result }) => method ?? result.resultType)).toEqual([
        "notifications/progress",
        "input_required",
      ]);
      expect(reply.requests).toEqual([]);
      expect((await wire.callTool(tool, {}, { ...EAGER, answers: AGREEING })).toolText).toBe("answered");
    }
  });

  test("the response is the last event, and the stream ends with it [2026-07-28/http/response-ends-stream]", async () => {
    const wire = await open();
    for (const name of ["report", "report"]) {
      const reply = await wire.callTool(name, {}, EAGER);
      expect(reply.messages.at(-1)).toBe(reply.response);
      expect(reply.events).toHaveLength(4);
      expect(reply.cut).toBe(false);
      expect(reply.text.endsWith("\n\n")).toBe(true);
    }
  });

  test("an event stream asks proxies not to hold it back, and is not cached [2026-07-28/http/no-proxy-buffering]", async () => {
    const wire = await open();
    const listening = await wire.listen({});
    const streams = [(await wire.callTool("report", {}, EAGER)).headers, (await listening.head).headers];
    for (const headers of streams) {
      expect(headers.get("x-accel-buffering")).toBe("no");
      expect(headers.get("cache-control")).toContain("no-cache");
    }
    expect((await wire.callTool("report")).headers.has("x-accel-buffering")).toBe(false);
  });

  test("a stream on which nothing is said is kept alive by comments [2026-07-28/http/keep-alive]", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const { server, release, started } = lingering();
      const wire = await open(server, { keepAliveMs: 15_000 });
      const listening = await wire.listen({ toolsListChanged: true });
      const call = wire.startTool("linger", {}, EAGER);
      await started.opened;
      await call.next();
      vi.advanceTimersByTime(14_000);
      await wire.request("server/discover");
      expect(listening.comments.items).toEqual([]);
      for (let times = 0; times < 3; times++) {
        vi.advanceTimersByTime(15_000);
        await Promise.all([listening.nextComment(), call.nextComment()]);
      }
      expect(listening.text).toMatch(/^:/m);
      release.open();
      const reply = await call.reply();
      expect(reply.toolText).toBe("lingered");
      expect(reply.events).toHaveLength(reply.messages.length);
      listening.close();
      await until(() => wire.http.handler.load.streams === 0, "no stream was left");
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a client that closes the stream of a call has cancelled it [2026-07-28/http/disconnect-cancels] [2026-07-28/http/disconnect-silences]", async () => {
    const { server, started, aborted, ended } = lingering();
    const wire = await open(server);
    const stream = wire.startTool("linger", {}, EAGER);
    await started.opened;
    await stream.next();
    stream.close();
    expect(await aborted.opened).toBeInstanceOf(Error);
    await ended.opened;
    await until(
      () => wire.http.handler.load.calls + wire.http.handler.load.streams === 0,
      "nothing was left",
    );
    expect((await wire.callTool("echo", { text: "on" })).toolText).toBe("on");
    expect(wire.received.filter(({ method }) => method !== undefined)).toHaveLength(1);
  });

  test("a client that leaves before anything was sent has cancelled its call [2026-07-28/http/disconnect-cancels]", async () => {
    const { server, started, aborted } = lingering();
    const wire = await open(server);
    const stream = wire.startTool("linger");
    await started.opened;
    stream.close();
    await aborted.opened;
    await until(() => wire.http.handler.load.calls === 0, "no call was left");
    await stream.ended;
    expect(wire.received).toEqual([]);
  });

  test("a client that closes its subscription is told nothing more [2026-07-28/http/disconnect-cancels]", async () => {
    const server = fullServer();
    const wire = await open(server);
    const gone = await wire.listen({ toolsListChanged: true });
    const there = await wire.listen({ toolsListChanged: true });
    expect(wire.http.handler.load.streams).toBe(2);
    gone.close();
    await until(() => wire.http.handler.load.streams === 1, "the stream was gone");
    server.tool("new", { handler: () => "" });
    await there.next();
    expect(gone.messages.items).toHaveLength(1);
  });

  test("steps and questions of a call whose client left end [2026-07-28/http/disconnect-stops-work]", async () => {
    const stopped: string[] = [];
    const started = gate();
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        const untilAborted = () =>
          new Promise<string>((_resolve, reject) => {
            ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
          });
        const step = ctx.step("wait", untilAborted).catch(() => stopped.push("step"));
        const question = ctx.listRoots().catch(() => stopped.push("question"));
        started.open();
        await Promise.all([step, question]);
        stopped.push("handler");
        return "";
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("t");
    await started.opened;
    stream.close();
    await until(() => wire.http.handler.load.calls === 0, "no call was left");
    expect(stopped.sort()).toEqual(["handler", "question", "step"]);
  });

  test("a version's header that differs from the body's is a mismatch [2026-07-28/http/version-header-mismatch]", async () => {
    const { server, served } = counting();
    const wire = await open(server);
    const pairs = [
      ["2025-11-25", REVISION],
      [REVISION, "2025-11-25"],
      [REVISION, "2099-01-01"],
      ["2099-01-01", REVISION],
      ["", REVISION],
    ] as const;
    for (const [header, declared] of pairs) {
      const reply = await wire.request(
        "tools/call",
        { name: "echo" },
        { meta: { [META.protocolVersion]: declared }, headers: { "mcp-protocol-version": header } },
      );
      expect(reply.status, `${header} ${declared}`).toBe(400);
      expect(reply.error.code).toBe(-32020);
    }
    expect(served()).toBe(0);
  });

  test("a server without old versions refuses what has no version's header [2026-07-28/http/version-header-missing]", async () => {
    const without = { headers: { "mcp-protocol-version": null } };
    for (const protocolVersions of [[REVISION], [REVISION, "2025-11-25", "2025-06-18"]]) {
      const wire = await open(fullServer({ protocolVersions }));
      const modern = await wire.request("tools/list", {}, { ...without, id: "modern" });
      const bare = await wire.request("tools/list", {}, { ...without, meta: null, id: "bare" });
      expect([modern.response?.id, bare.response?.id]).toEqual(["modern", "bare"]);
      const notification = await wire.notify("notifications/unknown", {}, { ...without, meta: null });
      for (const reply of [modern, bare, notification]) {
        expect(reply.status).toBe(400);
        expect(reply.error).toMatchObject({
          code: -32020,
          message: expect.stringContaining("MCP-Protocol-Version"),
        });
      }
    }
    // One that has them takes such a request for theirs.
    const old = await open(fullServer(), { era: "2025-03-26", sessions: false, handshake: false });
    expect((await old.request("tools/list")).result.tools).not.toHaveLength(0);
  });

  test("an unknown method is answered with 404 [2026-07-28/http/unknown-method-404]", async () => {
    const wire = await open(emptyServer().tool("t", { handler: () => "" }));
    for (const method of ["no/such", "prompts/list", "resources/read", "ping", "initialize"]) {
      const reply = await wire.request(method, { name: "x", uri: "test://x" }, { id: `id of ${method}` });
      expect(reply.status, method).toBe(404);
      expect(reply.response).toMatchObject({ id: `id of ${method}`, error: { code: -32601 } });
    }
  });

  test("a server of this revision alone answers GET and DELETE with 405 [2026-07-28/http/get-and-delete-405]", async () => {
    const wire = await open(fullServer(MODERN_ONLY));
    const given: { [name: string]: string | null }[] = [
      {},
      { "mcp-session-id": "x" },
      { "last-event-id": "x" },
      { "mcp-protocol-version": null },
    ];
    for (const headers of given) {
      for (const reply of [await wire.get({ headers }).reply(), await wire.delete({ headers })]) {
        expect(reply.status).toBe(405);
        expect(reply.headers.get("allow")).toBe("POST");
      }
    }
  });

  test("a session's header means nothing to a modern request, and none is made [2026-07-28/http/session-id-ignored]", async () => {
    for (const server of [fullServer(), fullServer(MODERN_ONLY)]) {
      const wire = await open(server);
      const headers = { "mcp-session-id": "x" };
      const stream = await wire.listen({ toolsListChanged: true }, { headers });
      const replies = [
        await wire.callTool("echo", { text: "hi" }, { headers }),
        await wire.callTool("report", {}, { headers, ...EAGER }),
        await wire.callTool("elicit", {}, { headers, answers: AGREEING }),
        await wire.request("no/such", {}, { headers }),
        await wire.notify("notifications/unknown", {}, { headers }),
        await stream.head,
      ];
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 404, 202, 200]);
      for (const reply of replies) expect(reply.headers.has("mcp-session-id")).toBe(false);
    }
  });

  test("an event's id means nothing to a modern request, and events have none [2026-07-28/http/last-event-id-ignored]", async () => {
    for (const server of [fullServer(), fullServer(MODERN_ONLY)]) {
      const wire = await open(server);
      const headers = { "last-event-id": "x" };
      const reply = await wire.callTool("report", {}, { headers, ...EAGER });
      expect(reply.toolText).toBe("reported");
      const listening = await wire.listen({ toolsListChanged: true }, { headers });
      server.tool("new", { handler: () => "" });
      await listening.next();
      for (const { lines } of [...reply.events, ...listening.events.items]) {
        expect(lines.map((line) => line.split(":", 1)[0])).toEqual(["data"]);
      }
    }
  });
});

describe("a server that listens", () => {
  async function listening(server = fullServer(), options = {}) {
    const running = await serve(server, { port: 0, ...options });
    onTestFinished(() => running.close(0));
    return running;
  }

  test("serves one path, and nothing at others [2026-07-28/http/single-endpoint]", async () => {
    const wire: Wire = await openWire(fullServer(), { transport: "node" });
    for (const path of ["/", "/mcp/", "/mcp/x", "/MCP", "/mcpx", "/x?y=/mcp"]) {
      expect((await wire.callTool("echo", {}, { path })).status, path).toBe(404);
    }
    expect((await wire.callTool("echo", {}, { path: "/mcp?x=1" })).status).toBe(200);
  });

  test("binds to the loopback unless it is told otherwise [2026-07-28/http/binds-to-loopback]", async () => {
    const { http, port } = await listening();
    expect((http.address() as AddressInfo).address).toBe("127.0.0.1");
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others) {
      const refused = await new Promise<string>((resolve) => {
        const socket = connect({ host: address, port });
        socket
          .on("connect", () => resolve("connected"))
          .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
        onTestFinished(() => void socket.destroy());
      });
      expect(refused).toBe("ECONNREFUSED");
    }
  });

  test("refuses a foreign origin before the body has come [2026-07-28/http/origin-validated]", async () => {
    const { url } = await listening();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        origin: "https://evil.example",
        "content-type": "application/json",
        "content-length": 1_000,
      };
      const request = httpRequest(url, { method: "POST", headers });
      onTestFinished(() => void request.destroy());
      request.on("response", (response) => resolve(response.statusCode)).on("error", reject);
      request.write("{");
    });
    expect(status).toBe(403);
  });

  test("answers its subscriptions before it closes [2026-07-28/subscriptions/graceful-end]", async () => {
    const wire = await openWire(fullServer(), { transport: "node" });
    const stream = await wire.listen({ toolsListChanged: true });
    await wire.close();
    const reply = await stream.reply();
    expect(reply.result.resultType).toBe("complete");
    expect(reply.cut).toBe(false);
  });
});
