import { once } from "node:events";
import { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { McpServer } from "../server/index.ts";
import { type RunningServer, type ServeOptions, serve } from "./serve.ts";

const MODERN = "2026-07-28";
const MIB = 1024 * 1024;

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A server whose tool `hold` goes on when the test opens its gate. */
async function start(options: ServeOptions = {}) {
  const begun = gate();
  const held = gate();
  const aborted = gate();
  const server = new McpServer({ name: "node", version: "1.0.0" });
  server.tool("echo", { handler: () => "echo" });
  server.tool("url", { handler: (_args, ctx) => String(ctx.request.url) });
  server.tool("large", { handler: () => "x".repeat(8 * MIB) });
  server.tool("hold", {
    async handler(_args, ctx) {
      ctx.signal.addEventListener("abort", aborted.open);
      begun.open();
      await held.opened;
      return "went on";
    },
  });
  const running = await serve(server, { port: 0, ...options });
  onTestFinished(() => running.close(0));
  return { running, begun: begun.opened, release: held.open, aborted: aborted.opened };
}

/** The bytes of a connection. */
class Raw {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  text = "";
  #more = () => {};

  constructor({ port }: RunningServer) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1").on("data", (text: string) => {
      this.text += text;
      this.#more();
    });
    // The server may close while the client writes.
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => resolve());
    });
    onTestFinished(() => void this.socket.destroy());
  }

  write(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Waits until the server has said it. */
  async says(what: RegExp): Promise<void> {
    let ended = false;
    const end = this.closed.then(() => {
      ended = true;
    });
    while (!what.test(this.text)) {
      if (ended) throw new Error(`Expected ${what}, and the connection ended: ${this.text.slice(0, 500)}`);
      const more = new Promise<void>((resolve) => {
        this.#more = resolve;
      });
      await Promise.race([more, end]);
    }
  }
}

function body(id: number, name: string): string {
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: {
      name,
      arguments: {},
      _meta: {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
}

function head(
  name: string,
  headers: { [name: string]: string | number } = {},
  target = "/mcp",
  method = "POST",
): string {
  const all = {
    host: "localhost",
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": name,
    ...headers,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function call(id: number, name: string, headers: { [name: string]: string } = {}, target = "/mcp"): string {
  const text = body(id, name);
  return head(name, { ...headers, "content-length": text.length }, target) + text;
}

describe("connections", () => {
  test("are kept for the next request", async () => {
    const { running } = await start();
    const raw = new Raw(running).write(call(1, "echo"));
    await raw.says(/"id":1,/);
    raw.write(call(2, "echo"));
    await raw.says(/"id":2,/);
    expect(raw.text).not.toMatch(/connection: close/i);
  });

  test("may carry requests before the answers to earlier ones, which come in order", async () => {
    const { running, begun, release } = await start();
    const raw = new Raw(running).write(call(1, "hold") + call(2, "echo") + call(3, "echo"));
    await begun;
    release();
    await raw.says(/"id":3,/);
    expect([...raw.text.matchAll(/"id":(\d)/g)].map(([, id]) => id)).toEqual(["1", "2", "3"]);
  });

  test("that break off cancel a call of a revision where that cancels", async () => {
    const { running, begun, aborted } = await start();
    const raw = new Raw(running).write(call(1, "hold"));
    await begun;
    raw.socket.resetAndDestroy();
    await aborted;
    await vi.waitFor(() => expect(running.handler.load.streams).toBe(0));
  });

  test("that the client closes on its side cancel such a call, too", async () => {
    const { running, begun, aborted } = await start();
    const raw = new Raw(running).write(call(1, "hold"));
    await begun;
    raw.socket.end();
    await aborted;
    await raw.closed;
  });

  test("on which nothing is said are closed after the request's time", async () => {
    const { running } = await start({ requestTimeoutMs: 100 });
    const raw = new Raw(running);
    await raw.closed;
    expect(raw.text).toMatch(/^(HTTP\/1.1 408 .*)?$/s);
  });

  test("on which the headers do not end are answered with 408", async () => {
    const { running } = await start({ requestTimeoutMs: 100 });
    const raw = new Raw(running).write("POST /mcp HTTP/1.1\r\nhost: localhost\r\n");
    await raw.closed;
    expect(raw.text).toMatch(/^HTTP\/1.1 408 /);
  });

  test("on which the body does not come are answered with 408", async () => {
    const { running } = await start({ requestTimeoutMs: 100 });
    const raw = new Raw(running).write(`${head("echo", { "content-length": 100 })}{"json`);
    await raw.closed;
    expect(raw.text).toMatch(/^HTTP\/1.1 408 /);
    expect(running.handler.load).toMatchObject({ calls: 0, streams: 0 });
  });

  test("of calls and streams that take longer than a request's time stay", async () => {
    const { running, begun, release } = await start({ requestTimeoutMs: 50 });
    const raw = new Raw(running).write(call(1, "hold"));
    await begun;
    // Another connection runs into the time meanwhile.
    await new Raw(running).closed;
    release();
    await raw.says(/went on/);
  });

  test("are closed when no further request comes", async () => {
    const { running } = await start({ keepAliveTimeoutMs: 50 });
    const raw = new Raw(running).write(call(1, "echo"));
    await raw.says(/"id":1,/);
    await raw.closed;
  });

  test("on which nothing is taken of an answer are closed", async () => {
    const { setTimeout } = ServerResponse.prototype;
    const waits = vi.spyOn(ServerResponse.prototype, "setTimeout");
    onTestFinished(() => waits.mockRestore());
    waits.mockImplementation(function (this: ServerResponse, _ms, listener) {
      return setTimeout.call(this, 50, listener);
    });
    const { running } = await start();
    const raw = new Raw(running).write(call(1, "large"));
    await raw.says(/^HTTP\/1.1 200 /);
    raw.socket.pause();
    await vi.waitFor(async () => expect(await connections(running)).toBe(0));
    expect(waits).toHaveBeenCalledWith(60_000, expect.any(Function));
  });

  test("have bounds by default", async () => {
    const { running } = await start();
    const { requestTimeout, headersTimeout, keepAliveTimeout } = running.http;
    expect({ requestTimeout, headersTimeout, keepAliveTimeout }).toEqual({
      requestTimeout: 60_000,
      headersTimeout: 60_000,
      keepAliveTimeout: 65_000,
    });
  });
});

describe("bodies", () => {
  test("that are declared too long are refused before they come", async () => {
    const { running } = await start({ maxBodyBytes: 1000 });
    const raw = new Raw(running).write(head("echo", { "content-length": 1001 }));
    await raw.says(/^HTTP\/1.1 413 .*larger than 1000 bytes/s);
  });

  test("that are too long are refused, and the connection closes although the client goes on", async () => {
    const { running } = await start({ maxBodyBytes: 1000 });
    const raw = new Raw(running).write(head("echo", { "transfer-encoding": "chunked" }));
    const chunk = `2000\r\n${"x".repeat(0x2000)}\r\n`;
    const endless = setInterval(() => raw.write(chunk), 1);
    onTestFinished(() => clearInterval(endless));
    await raw.says(/^HTTP\/1.1 413 .*connection: close.*larger than 1000 bytes/is);
    await raw.closed;
  });

  test("of requests that are refused without reading are not read for ever", async () => {
    const { running } = await start();
    const headers = { origin: "https://evil.example", "transfer-encoding": "chunked" };
    const raw = new Raw(running).write(head("echo", headers));
    const endless = setInterval(() => raw.write(`2000\r\n${"x".repeat(0x2000)}\r\n`), 1);
    onTestFinished(() => clearInterval(endless));
    await raw.says(/^HTTP\/1.1 403 /);
    await raw.closed;
  });

  test("that are short cost a refused request not its connection", async () => {
    const { running } = await start();
    const raw = new Raw(running).write(call(1, "echo", { origin: "https://evil.example" }));
    await raw.says(/^HTTP\/1.1 403 /);
    raw.write(call(2, "echo"));
    await raw.says(/"id":2,/);
  });

  test("that break off are no more than that", async () => {
    const { running } = await start();
    const raw = new Raw(running).write(`${head("echo", { "content-length": 1000 })}{"json`);
    await vi.waitFor(async () => expect(await connections(running)).toBe(1));
    raw.socket.resetAndDestroy();
    await vi.waitFor(async () => expect(await connections(running)).toBe(0));
    await new Raw(running).write(call(1, "echo")).says(/"id":1,/);
  });

  test("may come in pieces", async () => {
    const { running } = await start();
    const text = body(1, "echo");
    const raw = new Raw(running).write(head("echo", { "transfer-encoding": "chunked" }));
    for (const character of text) raw.write(`1\r\n${character}\r\n`);
    raw.write("0\r\n\r\n");
    await raw.says(/^HTTP\/1.1 200 .*"id":1,/s);
  });

  test("that somebody else has read are an error of the program, not a wait for ever", async () => {
    const { NodeExchange } = await import("./exchange.ts");
    const { createServer } = await import("node:http");
    let error: unknown;
    const http = createServer(async (request, response) => {
      for await (const _ of request);
      const fail = (failed: unknown) => {
        error = failed;
      };
      new NodeExchange(request, response).readBody(1000, { take: () => {}, fail });
      response.end();
    });
    await once(http.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void http.close());
    const { port } = http.address() as { port: number };
    await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" });
    expect(String(error)).toMatch(/read already.*express\.json/);
  });
});

describe("Expect: 100-continue", () => {
  test("the body is asked for, and then served", async () => {
    const { running } = await start();
    const text = body(1, "echo");
    const raw = new Raw(running).write(
      head("echo", { expect: "100-continue", "content-length": text.length }),
    );
    await raw.says(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    raw.write(text);
    await raw.says(/HTTP\/1.1 200 .*"id":1,/s);
  });

  test.each([
    ["comes from a foreign page", { origin: "https://evil.example", "content-length": 10 }, 403],
    ["is too long", { "content-length": 5 * MIB }, 413],
    ["is not JSON", { "content-type": "text/plain", "content-length": 10 }, 415],
  ])("a body that %s is not asked for", async (_what, headers, status) => {
    const { running } = await start();
    const raw = new Raw(running).write(head("echo", { expect: "100-continue", ...headers }));
    await raw.says(new RegExp(`^HTTP/1.1 ${status} .*connection: close`, "is"));
    raw.socket.end();
    await raw.closed;
  });
});

describe("targets", () => {
  test.each(["/mcp", "/mcp?a=b", "http://localhost/mcp", "http://localhost:1234/mcp?a=b"])(
    "%s is the endpoint",
    async (target) => {
      const { running } = await start();
      const raw = new Raw(running).write(call(1, "url", {}, target));
      await raw.says(/^HTTP\/1.1 200 /);
      await raw.says(new RegExp(JSON.stringify(target).replaceAll(/[?/]/g, "\\$&")));
    },
  );

  test.each(["/", "/mcp/", "/MCP", "//mcp", "*", "http://localhost/", "http://[/mcp"])(
    "%s is not found",
    async (target) => {
      const { running } = await start();
      const raw = new Raw(running).write(head("url", { "content-length": 0 }, target, "POST"));
      await raw.says(/^HTTP\/1.1 404 .*The MCP endpoint is \/mcp/s);
    },
  );

  test("HEAD is answered without a body", async () => {
    const { running } = await start();
    const raw = new Raw(running).write(head("", {}, "/mcp", "HEAD") + call(2, "echo"));
    await raw.says(/"id":2,/);
    expect(raw.text).toMatch(/^HTTP\/1.1 405 [^{]*allow: GET, POST, DELETE[^{]*\r\n\r\nHTTP\/1.1 200 /i);
  });
});

describe("addresses", () => {
  test("may be of IPv6", async () => {
    const { running } = await start({ host: "::1" });
    expect(running.url).toBe(`http://[::1]:${running.port}/mcp`);
    const response = await fetch(running.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": MODERN,
        "mcp-method": "tools/call",
        "mcp-name": "echo",
      },
      body: body(1, "echo"),
    });
    expect(response.status).toBe(200);
  });

  test("that are in use are refused in words that help", async () => {
    const { running } = await start();
    await expect(start({ port: running.port })).rejects.toThrow(
      new RegExp(
        `Cannot listen on 127.0.0.1:${running.port}: .*Another program uses it; choose another port`,
      ),
    );
  });
});

describe("a request whose answer is a stream", () => {
  test("still tells its headers to whoever else listens", async () => {
    const { running } = await start();
    const seen = new Promise((resolve) => {
      running.http.prependListener("request", ({ headers }, response: ServerResponse) => {
        if (headers["mcp-session-id"] === undefined) return;
        response.on("close", () => resolve({ before: headers, after: response.req.headers }));
      });
    });
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "a", version: "1" },
    };
    const opening = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    const opened = await fetch(running.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: opening,
    });
    await opened.text();
    for (let round = 0; round < 2; round++) {
      const raw = new Raw(running).write(
        `GET /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
          `mcp-session-id: ${opened.headers.get("mcp-session-id")}\r\n\r\n`,
      );
      await raw.says(/text\/event-stream/);
      raw.socket.destroy();
      await raw.closed;
    }
    const { before, after } = (await seen) as { before: object; after: object };
    expect(after).toMatchObject({ host: "localhost", accept: "text/event-stream" });
    expect(after).toEqual(before);
  });
});

describe("closing", () => {
  test("ends although streams are open and clients hold their connections", async () => {
    const { running } = await start();
    const idle = new Raw(running).write(call(1, "echo"));
    await idle.says(/"id":1,/);
    const silent = new Raw(running);
    await once(silent.socket, "connect");
    const text = body(1, "").replace(
      `"tools/call","params":{"name":"","arguments":{}`,
      `"subscriptions/listen","params":{"notifications":{}`,
    );
    const listening = new Raw(running).write(
      head("", { "mcp-method": "subscriptions/listen", "content-length": text.length }).replace(
        "mcp-name: \r\n",
        "",
      ) + text,
    );
    await listening.says(/acknowledged/);
    await running.close();
    await Promise.all([idle.closed, silent.closed, listening.closed]);
    expect(listening.text).toMatch(/"resultType":"complete"/);
  });

  test("waits for running calls, and until their answers are read", async () => {
    const { running, begun, release } = await start();
    const held = new Raw(running).write(call(1, "hold"));
    await begun;
    const slow = new Raw(running).write(call(2, "large"));
    await slow.says(/^HTTP\/1.1 200 /);
    slow.socket.pause();
    const closing = running.close();
    release();
    await held.says(/went on/);
    slow.socket.resume();
    await closing;
    await slow.closed;
    const length = Number(/content-length: (\d+)/.exec(slow.text)?.[1]);
    expect(length).toBeGreaterThan(8 * MIB);
    expect(slow.text.length - slow.text.indexOf("\r\n\r\n") - 4).toBe(length);
  });

  test("tells whoever still comes to go elsewhere, and ends the connections", async () => {
    const { running, begun, release } = await start();
    const kept = new Raw(running).write(call(1, "echo"));
    await kept.says(/"id":1,/);
    const held = new Raw(running).write(call(2, "hold"));
    await begun;
    // An answer that is still on its way keeps all connections.
    const slow = new Raw(running).write(call(3, "large"));
    await slow.says(/^HTTP\/1.1 200 /);
    slow.socket.pause();
    const closing = running.close();
    kept.write(call(4, "echo"));
    await kept.says(/HTTP\/1.1 503 /);
    await kept.closed;
    expect(kept.text).toMatch(/retry-after: 1/i);
    expect(kept.text).toMatch(/connection: close/i);
    release();
    await held.says(/went on/);
    expect(held.text).toMatch(/connection: close/i);
    slow.socket.resume();
    await closing;
  });

  test("serves on for a while where it drains, so that load balancers can notice", async () => {
    const { running } = await start({ drainDelayMs: 60_000 });
    const kept = new Raw(running).write(call(1, "echo"));
    await kept.says(/"id":1,/);
    const draining = running.drain();
    expect(running.drain()).toBe(draining);
    const ready = await fetch(new URL("/ready", running.url));
    expect(ready.status).toBe(503);
    expect(ready.headers.get("connection")).toBe("close");
    expect(await ready.json()).toMatchObject({ status: "draining" });
    expect((await fetch(new URL("/health", running.url))).status).toBe(200);
    kept.write(call(2, "echo"));
    await kept.says(/"id":2,/);
    await kept.closed;
    expect(kept.text).toMatch(/connection: close/i);
    const late = new Raw(running).write(call(3, "echo"));
    await late.says(/"id":3,/);
    // Whoever cannot wait need not.
    await running.close();
    await Promise.all([draining, running.closed]);
    await expect(fetch(new URL("/health", running.url))).rejects.toThrow();
  });

  test("answers also a request that is still on its way", async () => {
    const { running } = await start();
    const text = body(1, "echo");
    const seen = once(running.http, "request");
    const raw = new Raw(running).write(head("echo", { "content-length": text.length }) + text.slice(0, 20));
    await seen;
    const closing = running.close();
    raw.write(text.slice(20));
    await raw.says(/^HTTP\/1.1 503 .*connection: close.*shutting down/is);
    await closing;
  });

  test("drains at once where nobody asks whether it is ready", async () => {
    const { running, begun, release } = await start();
    const held = new Raw(running).write(call(1, "hold"));
    await begun;
    const draining = running.drain();
    await vi.waitFor(() => expect(running.http.listening).toBe(false));
    release();
    await held.says(/went on/);
    await draining;
  });

  test("takes durations only", async () => {
    await expect(start({ graceMs: -1 })).rejects.toThrow(
      /graceMs: expected a number of milliseconds, got -1/,
    );
    await expect(start({ drainDelayMs: Number.NaN })).rejects.toThrow(/drainDelayMs: .* got NaN/);
  });

  test("does not wait longer than it may", async () => {
    const { running, begun, aborted } = await start();
    const raw = new Raw(running).write(call(1, "hold"));
    await begun;
    await running.close(50);
    await aborted;
    await raw.closed;
    expect(raw.text).toMatch(/^HTTP\/1.1 503 .*retry-after: 1.*"code":-32603/is);
  });
});

function connections(running: RunningServer): Promise<number> {
  return new Promise((resolve, reject) => {
    running.http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
