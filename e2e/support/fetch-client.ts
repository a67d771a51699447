import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { PATIENT } from "./arms.ts";
import type { Peer } from "./peer.ts";
import { PeerV1 } from "./peer-v1.ts";
import { PeerV2 } from "./peer-v2.ts";

const URL_OF_SERVER = new URL("https://greeter.example/mcp");

/** A client that can be connected to a function from `Request` to `Response`. */
export type FetchClient = (handler: (request: Request) => Promise<Response>) => Promise<Peer>;

export const HANDSHAKE: FetchClient = async (handler) => {
  const peer = new PeerV1();
  const options = { fetch: through(handler), reconnectionOptions: PATIENT };
  await peer.connect(new HttpV1(URL_OF_SERVER, options));
  return peer;
};

export const MODERN: FetchClient = async (handler) => {
  const peer = new PeerV2("modern");
  await peer.connect(new StreamableHTTPClientTransport(URL_OF_SERVER, { fetch: through(handler) }));
  return peer;
};

function through(handler: (request: Request) => Promise<Response>) {
  return (url: string | URL, init?: RequestInit) => handler(new Request(url, init));
}
