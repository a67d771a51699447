import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type ListenOptions, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, PassThrough, Readable, Writable } from "node:stream";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { McpServer } from "slipway";
import { serveStdio } from "slipway/stdio";
import { describe, expect, onTestFinished, test } from "vitest";
import { ALL_CAPABILITIES, gate, META, type Message, matrix, openWire } from "../support/index.ts";
import { emptyServer, fullServer, MODERN, REVISION } from "./server.ts";

const TEXTS = ["grüße 世界 🛶", "\ud800 alone \udfff", "\ufeffmark", "\u0000\u001f\u007f\u2028", '"\\/'];

describe.each(matrix(MODERN))("$transport", ({ transport }) => {
  test.each(TEXTS)("carries %j there and back in UTF-8 [2026-07-28/transports/utf-8]", async (text) => {
    const wire = await openWire(fullServer({ instructions: text }), { transport });
    const reply = await wire.callTool("echo", { text }, { id: `id ${text}` });
    expect(reply.toolText).toBe(text);
    expect(reply.response?.id).toBe(`id ${text}`);
    expect(reply.garbled).toBe(false);
    expect((await wire.request("server/discover")).result.instructions).toBe(text);
  });

  test("takes no bytes that are not UTF-8 [2026-07-28/transports/utf-8]", async () => {
    const wire = await openWire(fullServer(), { transport });
    for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x9b]]) {
      const message = wire.message("tools/call", { name: "echo", arguments: { text: "HERE" } });
      const [before = "", after = ""] = JSON.stringify(message).split("HERE");
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      const reply = await wire.send(body, wire.overHttp ? { headers: wire.headersOf(message) } : {}).reply();
      expect(reply.error.code).toBe(-32700);
    }
    expect((await wire.callTool("echo", { text: "ok" })).toolText).toBe("ok");
  });

  test("carries requests and notifications there, responses and notifications back [2026-07-28/transports/delivers-all-directions]", async () => {
    const release = gate();
    const stopped = gate();
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        ctx.signal.addEventListener("abort", () => stopped.open());
        await release.opened;
        return "done";
      },
    });
    const wire = await openWire(server, { transport });
    const first = wire.startTool("t", {}, { meta: { progressToken: 1 } });
    expect((await first.next()).method).toBe("notifications/progress");
    const second = wire.startTool("t", {}, { meta: { progressToken: 2 } });
    await second.next();
    // On a pipe this is a notification; over HTTP, going away says the same.
    await second.cancel();
    await stopped.opened;
    const { status } = await wire.notify("notifications/anything");
    expect(status).toBe(wire.overHttp ? 202 : 0);
    release.open();
    expect((await first.reply()).toolText).toBe("done");
  });
});

/** The client's end of a duplex channel of messages. */
interface Channel {
  send(text: string): void;
  next(): Promise<Message>;
  close(): void;
}

/** Takes texts of messages, in order. */
function inbox() {
  const messages: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  return {
    take(text: string) {
      const message = JSON.parse(text) as Message;
      const next = waiting.shift();
      if (next === undefined) messages.push(message);
      else next(message);
    },
    next: () =>
      new Promise<Message>((resolve) => {
        const message = messages.shift();
        if (message === undefined) waiting.push(resolve);
        else resolve(message);
      }),
  };
}

function channelOf(input: Writable, output: Readable): Channel {
  const { take, next } = inbox();
  let rest = "";
  output.on("data", (chunk: Uint8Array) => {
    const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  return { send: (text) => input.write(`${text}\n`), next, close: () => input.end() };
}

function overPipe(server: McpServer): Channel {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const running = serveStdio(server, { input, output, graceMs: 100 });
  onTestFinished(() => running.close());
  return channelOf(input, output);
}

/** A transport of somebody else's, which knows the package by its public face only. */
function servePort(server: McpServer, port: MessagePort) {
  const input = new Readable({ read() {} });
  const output = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split("\n")) if (line !== "") port.postMessage(line);
      done();
    },
  });
  port.on("message", (text: string) => input.push(`${text}\n`));
  port.on("close", () => input.push(null));
  return serveStdio(server, { input, output, graceMs: 100 });
}

function overMessagePort(server: McpServer): Channel {
  const { port1, port2 } = new MessageChannel();
  const running = servePort(server, port2);
  onTestFinished(async () => {
    port1.close();
    await running.closed;
  });
  const { take, next } = inbox();
  port1.on("message", take);
  return { send: (text) => port1.postMessage(text), next, close: () => port1.close() };
}

async function overSocket(server: McpServer, where: ListenOptions): Promise<Channel> {
  const listener = createServer((socket: Duplex) => {
    serveStdio(server, { input: socket, output: socket, graceMs: 100 });
  });
  listener.listen(where);
  await once(listener, "listening");
  const address = listener.address() as AddressInfo | string;
  const socket: Socket =
    typeof address === "string" ? connect(address) : connect(address.port, address.address);
  onTestFinished(() => {
    socket.destroy();
    listener.close();
  });
  await once(socket, "connect");
  return channelOf(socket, socket);
}

function overUnixSocket(server: McpServer): Promise<Channel> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-socket-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return overSocket(server, { path: join(folder, "server.sock") });
}

const overTcp = (server: McpServer) => overSocket(server, { port: 0, host: "127.0.0.1" });

const _meta = { [META.protocolVersion]: REVISION, [META.clientCapabilities]: ALL_CAPABILITIES };

function say(channel: Channel, message: Message): void {
  const params = message.method?.startsWith("notifications/")
    ? message.params
    : { ...message.params, _meta: { ..._meta, ...message.params?._meta } };
  channel.send(JSON.stringify({ jsonrpc: "2.0", ...message, params }));
}

const CASES: { [what: string]: (channel: Channel, server: McpServer) => Promise<void> } = {
  "requests are answered, each by its id": async (channel) => {
    say(channel, { id: "a", method: "server/discover" });
    expect(await channel.next()).toMatchObject({
      id: "a",
      result: { supportedVersions: expect.arrayContaining([REVISION]) },
    });
    say(channel, { id: 0, method: "tools/call", params: { name: "echo", arguments: { text: "grüße" } } });
    expect(await channel.next()).toMatchObject({ id: 0, result: { content: [{ text: "grüße" }] } });
  },
  "a request without its metadata is refused": async (channel) => {
    channel.send('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    expect(await channel.next()).toMatchObject({ id: 1, error: { code: -32602 } });
  },
  "what cannot be read is answered without id, and the channel goes on": async (channel) => {
    channel.send("{");
    expect(await channel.next()).toEqual({
      jsonrpc: "2.0",
      error: expect.objectContaining({ code: -32700 }),
    });
    say(channel, { id: 1, method: "no/such" });
    expect(await channel.next()).toMatchObject({ id: 1, error: { code: -32601 } });
  },
  "a call reports before it is answered": async (channel) => {
    say(channel, { id: 1, method: "tools/call", params: { name: "report", _meta: { progressToken: "t" } } });
    expect((await channel.next()).params).toEqual({
      progressToken: "t",
      progress: 1,
      total: 2,
      message: "half",
    });
    expect((await channel.next()).params).toEqual({ progressToken: "t", progress: 2, total: 2 });
    expect(await channel.next()).toMatchObject({ id: 1, result: { content: [{ text: "reported" }] } });
  },
  "a call asks, and goes on by its retry": async (channel) => {
    say(channel, { id: 1, method: "tools/call", params: { name: "roots" } });
    const { result } = await channel.next();
    const [key = ""] = Object.keys(result.inputRequests);
    const inputResponses = { [key]: { roots: [{ uri: "file:///a" }] } };
    const { requestState } = result;
    say(channel, { id: 2, method: "tools/call", params: { name: "roots", requestState, inputResponses } });
    expect(await channel.next()).toMatchObject({
      id: 2,
      result: { content: [{ text: '[{"uri":"file:///a"}]' }] },
    });
  },
  "a subscription is told of changes until it is cancelled": async (channel, server) => {
    say(channel, {
      id: 1,
      method: "subscriptions/listen",
      params: { notifications: { toolsListChanged: true } },
    });
    expect((await channel.next()).method).toBe("notifications/subscriptions/acknowledged");
    server.tool("new", { handler: () => "" });
    expect(await channel.next()).toMatchObject({ params: { _meta: { [META.subscriptionId]: 1 } } });
    say(channel, { method: "notifications/cancelled", params: { requestId: 1 } });
    say(channel, { id: 2, method: "no/such" });
    await channel.next();
    server.tool("newer", { handler: () => "" });
    say(channel, { id: 3, method: "no/such" });
    expect(await channel.next()).toMatchObject({ id: 3 });
  },
};

describe.each([
  ["the package's pipe", overPipe],
  ["a message port, by a transport of one's own", overMessagePort],
])("on %s", (_, open) => {
  test.each(Object.entries(CASES))("%s [2026-07-28/transports/custom-keeps-protocol]", async (_what, run) => {
    const server = fullServer();
    await run(open(server), server);
  });
});

describe.each([
  ["a Unix socket", overUnixSocket],
  ["a TCP connection", overTcp],
])("on %s, with the framing of the pipe", (_, open) => {
  test.each(Object.entries(CASES))(
    "%s [2026-07-28/transports/byte-streams-reuse-framing]",
    async (_what, run) => {
      const server = fullServer();
      await run(await open(server), server);
    },
  );

  test("the server lets go when the client has gone [2026-07-28/transports/byte-streams-reuse-framing]", async () => {
    const stopped = gate();
    const started = gate();
    const server = emptyServer().tool("t", {
      handler: async (_args, ctx) => {
        ctx.signal.addEventListener("abort", () => stopped.open());
        started.open();
        await stopped.opened;
        return "";
      },
    });
    const channel = await open(server);
    say(channel, { id: 1, method: "tools/call", params: { name: "t" } });
    await started.opened;
    channel.close();
    await stopped.opened;
  });
});
