import type { Attack } from "../attack.ts";
import { http, initialize, legacy, message, modern } from "../requests.ts";
import { open, type Target } from "../target.ts";
import { type Answer, eventsOf } from "../wire.ts";

/** What a client of HTTP+SSE is told when it posts a body after its handshake. */
async function overSse(target: Target, body: string): Promise<Answer> {
  const stream = open(target, http("GET", [["Accept", "text/event-stream"]], "", "/sse"));
  try {
    const [, address] = /data: (\S+)\n/.exec(await stream.says(/data: \S+\n/)) ?? [];
    await target.send(http("POST", [], JSON.stringify(initialize("2024-11-05")), address));
    await stream.says(/"protocolVersion":"2024-11-05"/);
    await target.send(http("POST", [], body, address));
    const text = await stream.says(/event: message[\s\S]*event: message[\s\S]*\n\n/);
    return {
      head: "",
      body: text,
      messages: eventsOf(text.slice(text.indexOf("event: message"))).map((event) => event.message),
    };
  } finally {
    stream.close();
  }
}

const pings = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, id) => ({ jsonrpc: "2.0", id, method: "tools/list" })));

/** Subscribes to one resource after the other, and gives the last answer. */
async function subscribeInSession(target: Target, times: number): Promise<Answer> {
  const session = await target.newSession();
  const bytes = Array.from({ length: times }, (_, id) =>
    legacy(session, { id, method: "resources/subscribe", params: { uri: `test://item/${id}` } }),
  );
  return (await target.sendAll(bytes)).at(-1) as Answer;
}

const TOO_MANY = /^A session may subscribe to 1000 resources: unsubscribe from some first\.$/;

export const bounds: readonly Attack[] = [
  {
    name: "a batch of very many requests, whose answers are longer, over HTTP+SSE",
    by: (target) => overSse(target, pings(50_000)),
    answer: { code: -32600, says: /^A batch may hold 100 messages, got 50000\.$/ },
  },
  {
    name: "an empty batch, over HTTP+SSE",
    by: (target) => overSse(target, "[]"),
    answer: { code: -32600, says: /^A batch must hold at least one message\.$/ },
  },
  {
    name: "a batch of very many requests, in a session",
    async by(target) {
      const { head } = await target.send(
        legacy(undefined, initialize("2025-03-26"), [["MCP-Protocol-Version", undefined]]),
      );
      const [, session = ""] = /^mcp-session-id: (.*)$/im.exec(head) ?? [];
      return target.send(http("POST", [["Mcp-Session-Id", session]], pings(50_000)));
    },
    answer: { status: 400, code: -32600, says: /^A batch may hold 100 messages, got 50000\.$/ },
  },
  {
    name: "subscriptions without end, in a session",
    by: (target) => subscribeInSession(target, 1_001),
    answer: { status: 200, code: -32602, says: TOO_MANY },
  },
  {
    name: "subscriptions without end, on a pipe",
    async by(target) {
      const lines = Array.from({ length: 1_001 }, (_, id) =>
        JSON.stringify({
          jsonrpc: "2.0",
          id,
          method: "resources/subscribe",
          params: { uri: `test://item/${id}` },
        }),
      );
      const { messages } = await target.opened.ask(lines.join("\n"), 1_001);
      // They are answered as they come to an end, and the last one ends first.
      return { head: "", body: "", messages: messages.filter(({ error }) => error !== undefined) };
    },
    answer: { code: -32602, says: TOO_MANY },
  },
  {
    name: "a subscription to very many resources",
    by: (target) => {
      const uris = Array.from({ length: 100_000 }, (_, id) => `test://item/${id}`);
      return target.send(modern("subscriptions/listen", { notifications: { resourceSubscriptions: uris } }));
    },
    answer: {
      status: 200,
      code: -32602,
      says: /^"notifications\.resourceSubscriptions" may name 1000 resources, got 100000\.$/,
    },
  },
  {
    name: "a subscription to resources whose names take long to read",
    by: (target) => {
      const uris = Array.from({ length: 900 }, (_, id) => `test://item/${id}${"x".repeat(4_000)}`);
      return target.send(modern("subscriptions/listen", { notifications: { resourceSubscriptions: uris } }));
    },
    answer: {
      status: 200,
      code: -32602,
      says: /^"notifications\.resourceSubscriptions" may have 131072 characters in all, got 36\d{5}\.$/,
    },
  },
  {
    name: "a text to complete of 100,000 characters",
    by: (target) =>
      target.pipe.ask(
        message("completion/complete", {
          ref: { type: "ref/prompt", name: "greet" },
          argument: { name: "name", value: "a".repeat(100_000) },
        }),
      ),
    answer: { code: -32602, says: /^"argument\.value" may have 65536 characters, got 100000\.$/ },
  },
  {
    name: "a cursor of 100,000 characters",
    by: (target) => target.pipe.ask(message("tools/list", { cursor: "A".repeat(100_000) })),
    answer: { code: -32602, says: /^Invalid cursor: expected at most 65536 characters/ },
  },
];
