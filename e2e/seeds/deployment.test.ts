import { InMemoryClientRequestAdapter, InMemorySessionAdapter, StreamableHttpTransport } from "slipway";
import { describe, expect, test } from "vitest";
import { HANDSHAKE, MODERN } from "../support/fetch-client.ts";
import { createGreeter } from "../support/greeter.ts";

const ERAS = [
  ["a client with a handshake", HANDSHAKE],
  ["a client of 2026-07-28", MODERN],
] as const;

describe("development: no adapters", () => {
  // biome-ignore format: as it is written in the documentation of the API
  const transport = new StreamableHttpTransport()
  const handler = transport.bind(createGreeter());

  test.each(ERAS)("%s calls tools", async (_, connect) => {
    const peer = await connect(handler);
    expect(await peer.call("greet", { name: "Ada" })).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    await peer.close();
  });

  test.each(ERAS)("%s gets progress within its call", async (_, connect) => {
    const peer = await connect(handler);
    const seen: number[] = [];
    await peer.call("greet-slowly", { name: "Ada" }, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([1, 2]);
    await peer.close();
  });

  test("no session is opened, and there is nothing to clean up", async () => {
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } },
    };
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const request = () =>
      new Request("https://greeter.example/mcp", { method: "POST", headers, body: JSON.stringify(body) });
    const response = await handler(request());
    expect(response.status).toBe(200);
    expect(response.headers.has("mcp-session-id")).toBe(false);
    expect(handler.load).toMatchObject({ streams: 0, calls: 0 });
  });

  test("a client of 2026-07-28 can be asked even so", async () => {
    const peer = await MODERN(handler);
    peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
    expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    await peer.close();
  });

  test("a client with a handshake is told that it would need a session to be asked", async () => {
    const peer = await HANDSHAKE(handler);
    await expect(peer.call("greet-user", {})).rejects.toThrow(/needs a session.*sessionAdapter/);
    await peer.close();
  });
});

describe("single server: sessions and client requests in memory", () => {
  // biome-ignore format: as it is written in the documentation of the API
  const transport = new StreamableHttpTransport({
    sessionAdapter: new InMemorySessionAdapter({
      maxEventBufferSize: 1024
    }),
    clientRequestAdapter: new InMemoryClientRequestAdapter({
      defaultTimeoutMs: 30000
    })
  })
  const handler = transport.bind(createGreeter());

  test.each(ERAS)("%s is asked, by whatever request its answer travels", async (_, connect) => {
    const peer = await connect(handler);
    peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
    expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    await peer.close();
  });

  test.each(ERAS)("%s gets progress within its call", async (_, connect) => {
    const peer = await connect(handler);
    const seen: number[] = [];
    await peer.call("greet-slowly", { name: "Ada" }, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([1, 2]);
    await peer.close();
  });
});

test("sessions in memory alone, without a client request adapter, can ask too", async () => {
  // biome-ignore format: as it is written in the documentation of the API
  const sessionAdapter = new InMemorySessionAdapter({
    maxEventBufferSize: 1024  // Max events to buffer per session
  });
  const peer = await HANDSHAKE(new StreamableHttpTransport({ sessionAdapter }).bind(createGreeter()));
  peer.answer = () => ({ action: "decline" });
  expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello!" }] });
  await peer.close();
});
