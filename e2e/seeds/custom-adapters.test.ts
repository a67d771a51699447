import { StreamableHttpTransport } from "slipway";
import { beforeEach, expect, test } from "vitest";
import { HANDSHAKE } from "../support/fetch-client.ts";
import { createGreeter } from "../support/greeter.ts";
import type { Peer } from "../support/peer.ts";
import type { PeerV1 } from "../support/peer-v1.ts";
import { MapClientRequestAdapter, MapSessionAdapter } from "./map-adapters.ts";

let sessionAdapter: MapSessionAdapter;
let handler: (request: Request) => Promise<Response>;
let peer: Peer;

beforeEach(async () => {
  sessionAdapter = new MapSessionAdapter();
  const clientRequestAdapter = new MapClientRequestAdapter();
  handler = new StreamableHttpTransport({ sessionAdapter, clientRequestAdapter }).bind(createGreeter());
  peer = await HANDSHAKE(handler);
  return () => peer.close();
});

test("a session adapter of seven methods holds the session of a client", async () => {
  expect(await peer.call("greet", { name: "Ada" })).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
  const [session] = sessionAdapter.sessions.values();
  expect(session?.data.meta).toMatchObject({
    protocolVersion: "2025-11-25",
    clientInfo: { name: "peer-v1" },
    clientCapabilities: { elicitation: {} },
  });
});

test("a client request adapter of three methods brings the user's answer to the call that asked", async () => {
  peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
  expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
});

test("a client request adapter of three methods lets go of a question whose call was cancelled", async () => {
  const cancel = new AbortController();
  const withdrawn = new Promise<void>((told) => {
    peer.answer = (question) => {
      question.withdrawn.addEventListener("abort", () => told(), { once: true });
      cancel.abort();
      return new Promise(() => {});
    };
  });
  await expect(peer.call("greet-user", {}, { signal: cancel.signal })).rejects.toThrow(/abort/i);
  await withdrawn;
});

test("a client that has lost what was sent gets it again, by the id of the last event that it has", async () => {
  const sessionId = [...sessionAdapter.sessions.keys()][0] as string;
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-session-id": sessionId,
    "mcp-protocol-version": "2025-11-25",
  };
  const url = "https://greeter.example/mcp";
  const call = {
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: { name: "greet-slowly", arguments: { name: "Ada" }, _meta: { progressToken: 1 } },
  };
  const sent = await eventsOf(
    await handler(new Request(url, { method: "POST", headers, body: JSON.stringify(call) })),
  );
  expect(sent).toHaveLength(3);
  const resumed = { ...headers, "last-event-id": sent[0]?.id ?? "" };
  expect(await eventsOf(await handler(new Request(url, { headers: resumed })))).toEqual(sent.slice(1));
});

test("a session that its client ends is deleted", async () => {
  await (peer as PeerV1).terminateSession();
  expect(sessionAdapter.sessions.size).toBe(0);
});

async function eventsOf(response: Response): Promise<{ id: string | undefined; message: unknown }[]> {
  const blocks = (await response.text()).split("\n\n").map((block) => ({
    id: /^id: (.*)$/m.exec(block)?.[1],
    data: /^data: (.+)$/m.exec(block)?.[1],
  }));
  return blocks.flatMap(({ id, data }) => (data === undefined ? [] : [{ id, message: JSON.parse(data) }]));
}
