import { request } from "node:http";
import { Readable } from "node:stream";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type Mode, PeerV2 } from "../support/peer-v2.ts";
import type { Running } from "./project.ts";

/** The address at which a `slipway serve` or `slipway dev` says that it serves. */
export async function addressOf(running: Running): Promise<URL> {
  const [, url = ""] = await running.says(/Serving .*?at (http:\S+)/);
  return new URL(url);
}

/** The official client, connected. */
export async function peerAt(
  url: URL,
  mode: Mode = "auto",
  headers: { [name: string]: string } = {},
): Promise<PeerV2> {
  const peer = new PeerV2(mode);
  await peer.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: fetchAnew }));
  return peer;
}

/** The text of what a tool gave back. */
export async function textOf(
  peer: PeerV2,
  tool: string,
  args: { [name: string]: unknown } = {},
): Promise<string> {
  const { content } = await peer.call(tool, args);
  const [first] = content as readonly { text?: string }[];
  return first?.text ?? "";
}

/** A `fetch` that has a connection of its own for each request, so that any worker may get it. */
const fetchAnew = (target: string | URL, init: RequestInit = {}): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { method = "GET", body, signal } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    const sent = request(target, { method, headers, agent: false, ...(signal && { signal }) }, (answer) => {
      const { statusCode: status = 500 } = answer;
      const bodiless = status === 204 || status === 304;
      resolve(
        new Response(bodiless ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>), {
          status,
          headers: Object.entries(answer.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
