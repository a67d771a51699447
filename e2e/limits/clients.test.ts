import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "slipway";
import { guard, limits, perHour } from "slipway/limits";
import { type RunningServer, serve } from "slipway/node";
import { afterEach, describe, expect, test } from "vitest";
import type { Peer } from "../support/peer.ts";
import { PeerV1 } from "../support/peer-v1.ts";
import { PeerV2 } from "../support/peer-v2.ts";

const SORRY = "Error: Data source temporarily unavailable. Please try again in a few minutes.";

let running: RunningServer | undefined;
let peer: Peer | undefined;

afterEach(async () => {
  await peer?.close();
  await running?.close(0);
});

async function start(options: Parameters<typeof limits>[0]): Promise<URL> {
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const server = new McpServer({ name: "limited", version: "1.0.0", logger });
  server.tool("plain", { handler: () => "plain" });
  server.tool("slow", { handler: () => new Promise(() => {}) });
  server.tool("broken", {
    guard: guard({ circuit: { failures: 2 } }),
    fallback: SORRY,
    handler: () => {
      throw new Error("ECONNREFUSED");
    },
  });
  running = await serve(server, { port: 0, limits: limits(options) });
  return new URL(running.url);
}

const CLIENTS = [
  {
    client: "sdk 1.x",
    era: "legacy",
    /** Requests until it is connected: initialize, initialized, the stream that it listens on. */
    opening: 3,
    async connect(url: URL) {
      const made = new PeerV1();
      await made.connect(new HttpV1(url));
      return made;
    },
  },
  {
    client: "client 2.x, handshake",
    era: "legacy",
    opening: 3,
    async connect(url: URL) {
      const made = new PeerV2("legacy");
      await made.connect(new StreamableHTTPClientTransport(url));
      return made;
    },
  },
  {
    client: "client 2.x, 2026-07-28",
    era: "modern",
    opening: 1,
    async connect(url: URL) {
      const made = new PeerV2("modern");
      await made.connect(new StreamableHTTPClientTransport(url));
      return made;
    },
  },
] as const;

describe.each(CLIENTS)("$client", ({ era, connect, opening }) => {
  test("fails at a limit of callers with the status", async () => {
    const url = await start({ principal: perHour(opening + 2) });
    peer = await connect(url);
    let calls = 0;
    const failure = await (async () => {
      for (; calls < 10; calls++) await (peer as Peer).call("plain", {});
    })().catch((error: unknown) => error as Error);
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(5);
    expect(`${failure} ${JSON.stringify(failure)}`).toContain("429");
  });

  test("reads at a limit of a tool which it is and when to come again", async () => {
    const url = await start({ tools: { plain: { rate: perHour(1) } } });
    peer = await connect(url);
    expect((await peer.call("plain", {})).content).toEqual([{ type: "text", text: "plain" }]);
    const failure = await peer.call("plain", {}).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(Error);
    const said = { limit: 'the rate of the tool "plain"', retryAfter: 3_600 };
    if (era === "legacy") expect(failure).toMatchObject({ code: 429, data: said });
    else {
      // The client gives the response as it came.
      const { data } = failure as unknown as { data: { status: number; text: string } };
      expect(data.status).toBe(429);
      expect(JSON.parse(data.text)).toMatchObject({ error: { code: 429, data: said } });
    }
  });

  test("is answered when a handler takes too long, and by a fallback when one fails", async () => {
    const url = await start({ timeoutMs: 50 });
    peer = await connect(url);
    expect(await peer.call("slow", {})).toMatchObject({
      isError: true,
      content: [{ text: 'The tool "slow" did not finish within 0.05 s and was stopped.' }],
    });
    for (let i = 0; i < 4; i++) {
      expect(await peer.call("broken", {})).toMatchObject({ isError: true, content: [{ text: SORRY }] });
    }
  });
});
