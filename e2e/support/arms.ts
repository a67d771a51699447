import { fileURLToPath } from "node:url";
import { SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { HttpSseTransport, HttpTransport } from "slipway/client";
import { StdioTransport } from "slipway/client/stdio";
import type { Peer } from "./peer.ts";
import { PeerSlipway } from "./peer-slipway.ts";
import { PeerV1 } from "./peer-v1.ts";
import { type Mode, PeerV2 } from "./peer-v2.ts";

export interface Arm {
  readonly client:
    | "sdk 1.x"
    | "client 2.x, handshake"
    | "client 2.x, 2026-07-28"
    | "slipway/client, handshake"
    | "slipway/client, 2026-07-28";
  readonly transport: "stdio" | "http" | "http+sse";
  /** Which way of the protocol this is. */
  readonly era: "legacy" | "modern";
}

/** Every client of the official SDKs, over every transport that it has. HTTP+SSE ended before 2026-07-28. */
export const ARMS: readonly Arm[] = [
  { client: "sdk 1.x", transport: "stdio", era: "legacy" },
  { client: "sdk 1.x", transport: "http", era: "legacy" },
  { client: "sdk 1.x", transport: "http+sse", era: "legacy" },
  { client: "client 2.x, handshake", transport: "stdio", era: "legacy" },
  { client: "client 2.x, handshake", transport: "http", era: "legacy" },
  { client: "client 2.x, handshake", transport: "http+sse", era: "legacy" },
  { client: "client 2.x, 2026-07-28", transport: "stdio", era: "modern" },
  { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" },
];

/** The client of this package, over every transport that it has. */
export const OUR_ARMS: readonly Arm[] = [
  { client: "slipway/client, handshake", transport: "stdio", era: "legacy" },
  { client: "slipway/client, handshake", transport: "http", era: "legacy" },
  { client: "slipway/client, handshake", transport: "http+sse", era: "legacy" },
  { client: "slipway/client, 2026-07-28", transport: "stdio", era: "modern" },
  { client: "slipway/client, 2026-07-28", transport: "http", era: "modern" },
];

/** A server over stdio: the program that a client starts. */
const STDIO_ATLAS = {
  command: process.execPath,
  args: [fileURLToPath(new URL("atlas.ts", import.meta.url)), "--stdio"],
};

/**
 * Connects a client to the atlas: over HTTP at `url`, over stdio to a process of its own.
 * @param mode how client 2.x chooses the revision
 */
export async function connect({ client, transport, era }: Arm, url: URL, mode: Mode = era): Promise<Peer> {
  const listening = new ListeningFetch();
  const sse = new URL("/sse", url);
  const http = { fetch: listening.fetch, reconnectionOptions: PATIENT };
  if (client === "sdk 1.x") {
    const peer = new PeerV1();
    if (transport === "stdio") await peer.connect(new StdioV1(STDIO_ATLAS));
    else if (transport === "http+sse") await peer.connect(new SseV1(sse));
    else await peer.connect(new HttpV1(url, http));
    if (transport === "http") await listening.begun;
    return peer;
  }
  if (client.startsWith("slipway/client")) {
    const peer = new PeerSlipway(era === "legacy" ? HANDSHAKES : undefined);
    const reconnection = { delayMs: 50, maxDelayMs: 200, maxRetries: 100 };
    if (transport === "stdio") await peer.connect(new StdioTransport(STDIO_ATLAS.command, STDIO_ATLAS.args));
    else if (transport === "http+sse") await peer.connect(new HttpSseTransport(sse));
    else await peer.connect(new HttpTransport(url, { fetch: listening.fetch, reconnection }));
    if (transport === "http" && era === "legacy") await listening.begun;
    return peer;
  }
  const peer = new PeerV2(mode);
  if (transport === "stdio") await peer.connect(new StdioClientTransport(STDIO_ATLAS));
  else if (transport === "http+sse") await peer.connect(new SSEClientTransport(sse));
  else await peer.connect(new StreamableHTTPClientTransport(url, http));
  if (transport === "http" && era === "legacy") await listening.begun;
  return peer;
}

const HANDSHAKES = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/** A client that does not give up while a test keeps the server away. */
export const PATIENT = {
  initialReconnectionDelay: 50,
  maxReconnectionDelay: 200,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 100,
};

/**
 * Tells when a client has what it needs to listen, and to go on listening after a break: the first bytes of
 * the stream that it opens for that. Until then, it would miss what is said.
 */
class ListeningFetch {
  readonly begun: Promise<void>;
  #begin: () => void = () => {};

  constructor() {
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  readonly fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (init?.method !== "GET" || !response.ok || response.body === null) return response;
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        controller.enqueue(chunk);
        this.#begin();
      },
    });
    return new Response(response.body.pipeThrough(watched), response);
  };
}
