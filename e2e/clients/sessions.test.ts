import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ARMS, type Arm, connect } from "../support/arms.ts";
import { Arrivals } from "../support/arrivals.ts";
import { Child } from "../support/child.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import type { Peer } from "../support/peer.ts";
import { PeerV1 } from "../support/peer-v1.ts";
import { PeerV2 } from "../support/peer-v2.ts";

const MODERN: Arm = { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" };

let servers: [Child, Child];
let url: URL;
/** Another server of the same kind, which shares nothing with the first. */
let elsewhere: URL;
let bystander: Peer;

beforeAll(async () => {
  servers = [new Child("e2e/support/atlas.ts"), new Child("e2e/support/atlas.ts")];
  [url, elsewhere] = (await Promise.all(
    servers.map(async (server) => new URL((await server.says(/http:\S+/))[0])),
  )) as [URL, URL];
  bystander = await connect(MODERN, url);
});

afterAll(async () => {
  await bystander.close();
  await Promise.all(servers.map((server) => server.stop()));
});

function transportOf(peer: Peer): HttpV1 | StreamableHTTPClientTransport {
  return (peer as PeerV1 | PeerV2).client.transport as HttpV1 | StreamableHTTPClientTransport;
}

/** A new client that takes up a session that is there already. */
async function takeUp(arm: Arm, sessionId: string): Promise<Peer> {
  if (arm.client === "sdk 1.x") {
    const peer = new PeerV1();
    const transport = new HttpV1(url, { sessionId });
    transport.setProtocolVersion("2025-11-25");
    await peer.connect(transport);
    return peer;
  }
  const peer = new PeerV2("legacy");
  const transport = new StreamableHTTPClientTransport(url, { sessionId, protocolVersion: "2025-11-25" });
  await peer.connect(transport);
  return peer;
}

async function statusOf(sessionId: string): Promise<number> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-session-id": sessionId,
    "mcp-protocol-version": "2025-11-25",
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  return (await fetch(url, { method: "POST", headers, body })).status;
}

// Only Streamable HTTP has sessions with an id, and only with a handshake.
const WITH_SESSIONS = ARMS.filter(({ transport, era }) => transport === "http" && era === "legacy");

describe.each(WITH_SESSIONS)("the session of $client over $transport", (arm) => {
  let peer: Peer;
  let sessionId: string;

  beforeEach(async () => {
    peer = await connect(arm, url);
    sessionId = transportOf(peer).sessionId as string;
    return () => peer.close();
  });

  test("is its own", async () => {
    const other = await connect(arm, url);
    expect(sessionId).toMatch(/^[\x21-\x7e]+$/);
    expect(transportOf(other).sessionId).not.toBe(sessionId);
    await other.close();
  });

  test("is gone for everybody once the client has ended it", async () => {
    expect(await statusOf(sessionId)).toBe(200);
    await transportOf(peer).terminateSession();
    expect(await statusOf(sessionId)).toBe(404);
  });

  test("takes its running calls with it when it ends", async () => {
    const key = crypto.randomUUID();
    const progress = new Arrivals<unknown>();
    const call = peer.call("hold", { key }, { onProgress: (reported) => progress.add(reported) });
    call.catch(() => {});
    await progress.count(1);
    await transportOf(peer).terminateSession();
    expect(await bystander.call("outcome", { key })).toMatchObject({ content: [{ text: "stopped" }] });
  });

  test("outlives the client, and another one takes it up", async () => {
    await peer.close();
    const successor = await takeUp(arm, sessionId);
    const { structuredContent } = await successor.call("client", {});
    expect(structuredContent).toMatchObject({ revision: "2025-11-25", session: sessionId });
    await successor.close();
  });

  test("is unknown to a server that restarted, where the client begins a new one", async () => {
    const proxy = await CuttingProxy.inFrontOf(url);
    const before = await connect(arm, proxy.url);
    await before.call("client", {});
    proxy.moveTo(elsewhere);
    // The client sends again what it could not send on a connection that has just broken.
    await expect(before.call("client", {})).rejects.toThrow(/Session not found|fetch failed/);
    await expect(before.call("client", {})).rejects.toThrow("Session not found");
    await before.close();
    const after = await connect(arm, proxy.url);
    expect(await after.call("search", { name: "Zürich", country: "CH" })).not.toHaveProperty("isError");
    await after.close();
    await proxy.close();
  });
});

test("a client of 2026-07-28 has no session, and goes on as before when its server restarts", async () => {
  const proxy = await CuttingProxy.inFrontOf(url);
  const peer = await connect(MODERN, proxy.url);
  expect((await peer.call("client", {})).structuredContent).not.toHaveProperty("session");
  proxy.moveTo(elsewhere);
  await bystander.call("client", {});
  const { structuredContent } = await peer.call("search", { name: "Zürich", country: "CH" });
  expect(structuredContent).toMatchObject({ total: 1 });
  await peer.close();
  await proxy.close();
});

describe.each(ARMS)("$client over $transport", (arm) => {
  test("connects, closes, and connects again", async () => {
    for (let times = 1; times <= 2; times++) {
      const peer = await connect(arm, url);
      const { pid } = transportOf(peer) as { pid?: number };
      expect(await peer.call("nearest", { latitude: 47.37, longitude: 8.54, limit: 1 })).toMatchObject({
        structuredContent: { cities: [{ name: "Zürich" }] },
      });
      await peer.close();
      // Over stdio, the server goes with its client.
      if (arm.transport === "stdio") expect(() => process.kill(pid as number, 0)).toThrow("ESRCH");
    }
  });
});

describe.each(["http", "stdio"] as const)("client 2.x without a given revision over %s", (transport) => {
  test("finds out that the server speaks 2026-07-28", async () => {
    const peer = await connect({ client: "client 2.x, 2026-07-28", transport, era: "modern" }, url, "auto");
    expect(peer.protocolVersion).toBe("2026-07-28");
    await peer.close();
  });
});
