import { StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { onTestFinished } from "vitest";
import { PATIENT } from "../support/arms.ts";
import { PeerV1 } from "../support/peer-v1.ts";
import { PeerV2 } from "../support/peer-v2.ts";
import type { SymptomTrial } from "./symptom.ts";

/** The official client 1.x, which opens a session. What it complains of is noted. */
export async function sessionClient(
  url: string,
  trial?: SymptomTrial,
  headers: { [name: string]: string } = {},
): Promise<PeerV1> {
  const peer = new PeerV1();
  const saw = trial?.witness();
  peer.client.onerror = (error) => saw?.(error);
  await peer.connect(new HttpV1(new URL(url), { requestInit: { headers }, reconnectionOptions: PATIENT }));
  onTestFinished(() => peer.close());
  return peer;
}

/** The same client, over the transport of 2024-11-05. */
export async function sseClient(url: string, trial?: SymptomTrial): Promise<PeerV1> {
  const peer = new PeerV1();
  const saw = trial?.witness();
  peer.client.onerror = (error) => saw?.(error);
  await peer.connect(new SseV1(new URL("/sse", url)));
  onTestFinished(() => peer.close());
  return peer;
}

/** The official client 2.x, at 2026-07-28. */
export async function modernClient(url: string, trial?: SymptomTrial): Promise<PeerV2> {
  const peer = new PeerV2("modern");
  const saw = trial?.witness();
  peer.client.onerror = (error) => saw?.(error);
  await peer.connect(new HttpV2(new URL(url)));
  onTestFinished(() => peer.close());
  return peer;
}

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** Calls a tool as a client of 2026-07-28 does, which wants to be told how far it is. */
export function callTool(
  url: string,
  name: string,
  headers: { [name: string]: string } = {},
  capabilities: object = {},
): Promise<Response> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    progressToken: 1,
  };
  return fetch(url, {
    method: "POST",
    headers: {
      ...HEADERS,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: {}, _meta },
    }),
  });
}

export function postRaw(
  url: string,
  message: unknown,
  headers: { [name: string]: string } = {},
): Promise<Response> {
  return fetch(url, { method: "POST", headers: { ...HEADERS, ...headers }, body: JSON.stringify(message) });
}

/** Posts a message. Answers with the status and the body, as one text. */
export async function post(
  url: string,
  message: unknown,
  headers: { [name: string]: string } = {},
): Promise<string> {
  const response = await postRaw(url, message, headers);
  return `${response.status} ${await response.text()}`;
}

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "on-call", version: "1.0.0" },
  },
};

export const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list" };

/** Waits until something is so. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await pause(10);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Opens a session. Answers with its id. */
export async function open(url: string, headers: { [name: string]: string } = {}): Promise<string> {
  const response = await postRaw(url, INITIALIZE, headers);
  return response.headers.get("mcp-session-id") ?? "";
}

/** Something that a test waits for until another part of it says so. */
export function latch(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
