import { Readable, Writable } from "node:stream";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { McpServer } from "slipway";
import { serveStdio } from "slipway/stdio";
import { describe, expect, onTestFinished, test } from "vitest";
import { gate, type Message, openWire, transports } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

function makeServer() {
  const server = new McpServer({ name: "texts", version: "1.0.0", logger: silent });
  server.tool("echo", {
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } as const,
    handler: ({ text }) => text,
  });
  server.tool("fail", {
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } as const,
    handler: ({ text }) => ({
      content: [{ type: "text" as const, text }],
      isError: true,
      _meta: { [text.slice(0, 1)]: text },
    }),
  });
  server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length} roots` });
  server.tool("hang", {
    handler: async (_, ctx) => {
      const stopped = gate();
      ctx.signal.addEventListener("abort", () => stopped.open());
      await ctx.progress({ progress: 1 });
      await stopped.opened;
    },
  });
  return server;
}

const TEXTS = [
  "grüße 世界 🛶",
  "\ud83d alone \udef6",
  "a\nb\r\nc\u2028d\u2029e\u0085",
  "\u0000\u001f\u007f",
  '"\\/',
  "\ufeffx",
];

describe.each(transports)("texts over %s", (transport) => {
  test.each(TEXTS)("%j comes back as it was, in UTF-8 [2025-11-25/transports/utf-8]", async (text) => {
    const wire = await openWire(makeServer(), { transport, era: REVISION });
    const reply = await wire.callTool("echo", { text });
    expect(reply.toolText).toBe(text);
    expect(reply.garbled).toBe(false);
    expect((await wire.request("no/such", {}, { id: text })).response?.id).toBe(text);
  });
});

test("no message holds a line break on a pipe [2025-11-25/stdio/no-embedded-newlines]", async () => {
  const wire = await openWire(makeServer(), { transport: "stdio", era: REVISION });
  for (const text of TEXTS) {
    await wire.callTool("echo", { text });
    await wire.callTool("fail", { text: `x${text}` });
    await wire.request(`no/such${text}`);
  }
  // The handshake, and an answer to each.
  expect(wire.stdio.lines).toHaveLength(1 + 3 * TEXTS.length);
  for (const line of wire.stdio.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
});

/** A client that sends texts and gets messages, by whatever way. */
interface Client {
  send(text: string): void;
  next(): Promise<Message>;
}

/** Messages that come in, in order. */
function inbox() {
  const messages: Message[] = [];
  let wake = () => {};
  return {
    take: (text: string) => {
      messages.push(JSON.parse(text));
      wake();
    },
    next: async () => {
      while (messages.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return messages.shift() as Message;
    },
  };
}

/** The pipe of the package. */
async function overPipe(server: McpServer): Promise<Client> {
  const wire = await openWire(server, { transport: "stdio", era: REVISION, handshake: false });
  let taken = 0;
  const all = wire.stdio.wait({ all: true });
  return {
    send: (text) => wire.stdio.write(`${text}\n`),
    next: async () => {
      while (wire.received.length <= taken) {
        await new Promise((resolve) => setImmediate(resolve));
        if (all.cut) throw new Error("The pipe was cut.");
      }
      return wire.received[taken++] as Message;
    },
  };
}

/** A transport of one's own, which has a message port for a pipe. */
function servePort(server: McpServer, port: MessagePort) {
  const input = new Readable({ read() {} });
  const output = new Writable({
    write(chunk, _encoding, done) {
      port.postMessage(String(chunk));
      done();
    },
  });
  port.on("message", (text: string) => input.push(`${text}\n`));
  port.on("close", () => input.push(null));
  return serveStdio(server, { input, output, graceMs: 100 });
}

async function overPort(server: McpServer): Promise<Client> {
  const { port1, port2 } = new MessageChannel();
  const running = servePort(server, port2);
  onTestFinished(async () => {
    port1.close();
    await running.closed;
  });
  const { take, next } = inbox();
  port1.on("message", (text: string) => {
    for (const line of text.split("\n")) if (line !== "") take(line);
  });
  return { send: (text) => port1.postMessage(text), next };
}

const say = (client: Client, message: object) => client.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
const call = (id: number, name: string, rest: object = {}) => ({
  id,
  method: "tools/call",
  params: { name, ...rest },
});

async function handshake(client: Client): Promise<void> {
  const clientInfo = { name: "port", version: "1.0.0" };
  const params = { protocolVersion: REVISION, capabilities: { roots: {} }, clientInfo };
  say(client, { id: 0, method: "initialize", params });
  expect((await client.next()).result.protocolVersion).toBe(REVISION);
  say(client, { method: "notifications/initialized" });
}

const CASES: { [what: string]: (client: Client) => Promise<void> } = {
  "a request before the handshake is refused": async (client) => {
    say(client, { id: 1, method: "tools/list" });
    expect((await client.next()).error?.message).toMatch(/initialize/);
    await handshake(client);
  },
  "a request is answered by its id": async (client) => {
    await handshake(client);
    say(client, call(7, "echo", { arguments: { text: "hello" } }));
    expect(await client.next()).toMatchObject({ id: 7, result: { content: [{ text: "hello" }] } });
  },
  "a question is asked and answered": async (client) => {
    await handshake(client);
    say(client, call(8, "ask"));
    const { id, method } = await client.next();
    expect(method).toBe("roots/list");
    say(client, { id, result: { roots: [] } });
    expect(await client.next()).toMatchObject({ id: 8, result: { content: [{ text: "0 roots" }] } });
  },
  "a call is cancelled": async (client) => {
    await handshake(client);
    say(client, call(9, "hang", { _meta: { progressToken: "t" } }));
    expect((await client.next()).params).toEqual({ progressToken: "t", progress: 1 });
    say(client, { method: "notifications/cancelled", params: { requestId: 9 } });
    say(client, { id: 10, method: "ping" });
    expect(await client.next()).toEqual({ jsonrpc: "2.0", id: 10, result: {} });
  },
  "what cannot be read is answered without an id": async (client) => {
    await handshake(client);
    client.send("{");
    const { error, ...rest } = await client.next();
    expect(error?.code).toBe(-32700);
    expect(rest).not.toHaveProperty("id");
    client.send('{"jsonrpc":"1.0","id":1,"method":"ping"}');
    expect((await client.next()).error?.code).toBe(-32600);
    client.send('{"jsonrpc":"2.0","method":"notifications/unknown","params":3}');
    say(client, { id: 11, method: "no/such" });
    expect(await client.next()).toMatchObject({ id: 11, error: { code: -32601 } });
  },
};

describe.each([
  ["the package's pipe", overPipe],
  ["a transport of one's own, made with the public face", overPort],
])("on %s", (_, open) => {
  test.each(Object.entries(CASES))("%s [2025-11-25/transports/custom-keeps-protocol]", async (_what, run) => {
    await run(await open(makeServer()));
  });
});
