import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { InMemorySessionAdapter, type McpHandler, StreamableHttpTransport } from "slipway";
import { nodeListener } from "slipway/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arm, connect } from "../support/arms.ts";
import { HANDSHAKE, MODERN } from "../support/fetch-client.ts";
import { createGreeter } from "../support/greeter.ts";
import type { Peer } from "../support/peer.ts";

const CLIENTS: readonly Arm[] = [
  { client: "sdk 1.x", transport: "http", era: "legacy" },
  { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" },
];

function newHandler(): McpHandler {
  return new StreamableHttpTransport({ sessionAdapter: new InMemorySessionAdapter() }).bind(createGreeter());
}

/** A tool, progress, and a question to the user: JSON, an event stream, and a second request. */
async function expectAllToWork(peer: Peer): Promise<void> {
  expect(await peer.call("greet", { name: "Ada" })).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
  const seen: number[] = [];
  await peer.call("greet-slowly", { name: "Ada" }, { onProgress: ({ progress }) => seen.push(progress) });
  expect(seen).toEqual([1, 2]);
  peer.answer = () => ({ action: "accept", content: { name: "Grace" } });
  expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Grace!" }] });
  await peer.close();
}

async function listen(server: Server): Promise<URL> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

describe("inside Express 5", () => {
  const app = express();
  const server = createServer(app);
  let url: URL;

  beforeAll(async () => {
    app.all("/mcp", nodeListener(newHandler()));
    app.use(express.json());
    app.post("/echo", (request, response) => void response.json(request.body));
    url = await listen(server);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each(CLIENTS)("$client is served by nodeListener", async (arm) => {
    await expectAllToWork(await connect(arm, url));
  });

  test("other routes of the application are as they were", async () => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(new URL("/echo", url), { method: "POST", headers, body: '{"a":1}' });
    expect(await response.json()).toEqual({ a: 1 });
  });
});

describe("inside Fastify 5", () => {
  const app = fastify();
  let url: URL;

  beforeAll(async () => {
    const listener = nodeListener(newHandler());
    app.register(async (mcp) => {
      // The endpoint reads the body itself.
      mcp.removeAllContentTypeParsers();
      mcp.addContentTypeParser("*", (_request, _payload, done) => done(null));
      mcp.all("/mcp", (request, reply) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      });
    });
    app.post("/echo", async (request) => request.body);
    url = new URL("/mcp", await app.listen({ port: 0, host: "127.0.0.1" }));
  });

  afterAll(() => {
    app.server.closeAllConnections();
    return app.close();
  });

  test.each(CLIENTS)("$client is served by nodeListener", async (arm) => {
    await expectAllToWork(await connect(arm, url));
  });

  test("other routes of the application are as they were", async () => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(new URL("/echo", url), { method: "POST", headers, body: '{"a":1}' });
    expect(await response.json()).toEqual({ a: 1 });
  });
});

describe("inside Hono", () => {
  const handler = newHandler();
  const app = new Hono();
  app.all("/mcp", (context) => handler(context.req.raw));
  const fetchApp = async (request: Request) => app.fetch(request);

  test("a client with a handshake is served by the fetch handler", async () => {
    await expectAllToWork(await HANDSHAKE(fetchApp));
  });

  test("a client of 2026-07-28 is served by the fetch handler", async () => {
    await expectAllToWork(await MODERN(fetchApp));
  });
});
