import { Redis } from "ioredis";
import { McpServer, type Store } from "slipway";
import { memoryStore } from "slipway/memory";
import { type RunningServer, serve } from "slipway/node";
import { redisStore } from "slipway/redis";
import { expect, onTestFinished, test } from "vitest";
import { EventReader } from "../fleet/http-client.ts";
import { RedisServer } from "../stores/redis-servers.ts";

// The way of use of 003_66d9227ccfa60a04: an SSE endpoint and a messages endpoint that share nothing but a store.

/** Serves one instance; who calls is what the Authorization header says. */
async function instance(store: Store): Promise<RunningServer> {
  const server = new McpServer({ name: "older", version: "1.0.0" });
  server.tool("whoami", { handler: (_, ctx) => ctx.auth?.subject ?? "nobody" });
  const running = await serve(server, {
    port: 0,
    store,
    httpSse: true,
    authenticate: ({ headers }) => ({ subject: headers.get("authorization") ?? "nobody" }),
  });
  onTestFinished(() => running.close());
  return running;
}

async function listen(at: string, who: string) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const events = new EventReader(
    await fetch(new URL("/sse", at), { signal: abort.signal, headers: { authorization: who } }),
    abort,
  );
  return { events, messages: (await events.nextData()) ?? "" };
}

async function post(at: string, messages: string, who: string, message: object): Promise<number> {
  const response = await fetch(new URL(messages, at), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: who },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
  await response.arrayBuffer();
  return response.status;
}

const INITIALIZE = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "older", version: "1" } },
};
const WHOAMI = { method: "tools/call", params: { name: "whoami", arguments: {} } };

async function showStoreCarriesMessages(a: RunningServer, b: RunningServer): Promise<void> {
  const ann = await listen(a.url, "ann");
  const bob = await listen(a.url, "bob");
  expect(await post(b.url, ann.messages, "ann", INITIALIZE)).toBe(202);
  expect((await ann.events.next())?.message).toMatchObject({ id: 1, result: {} });
  expect(await post(b.url, ann.messages, "bob", { id: 2, ...WHOAMI })).toBe(404);
  expect(await post(a.url, ann.messages, "bob", { id: 3, ...WHOAMI })).toBe(404);
  expect(await post(b.url, ann.messages, "ann", { id: 4, ...WHOAMI })).toBe(202);
  expect((await ann.events.next())?.message).toMatchObject({ id: 4, result: { content: [{ text: "ann" }] } });

  expect(await post(b.url, bob.messages, "bob", INITIALIZE)).toBe(202);
  expect((await bob.events.next())?.message).toMatchObject({ id: 1, result: {} });
  expect(await post(b.url, "/messages?sessionId=unknown", "ann", { id: 5, ...WHOAMI })).toBe(404);
}

test("an SSE endpoint on one instance and a messages endpoint on another share a store in Redis", async () => {
  const server = await RedisServer.start();
  onTestFinished(() => server.stop());
  const clients = [new Redis(server.url), new Redis(server.url)] as const;
  onTestFinished(() => {
    for (const client of clients) client.disconnect();
  });
  const [a, b] = [redisStore(clients[0]), redisStore(clients[1])];
  onTestFinished(async () => void (await Promise.all([a.close(), b.close()])));
  await showStoreCarriesMessages(await instance(a), await instance(b));
});

test("two transports in one process share a store in memory", async () => {
  const store = memoryStore();
  await showStoreCarriesMessages(await instance(store), await instance(store));
});
