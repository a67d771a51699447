import { Agent, type IncomingMessage, request } from "node:http";
import type { StreamableHttpTransportOptions } from "slipway";
import {
  InMemorySessionAdapter,
  type McpHandler,
  type McpServer,
  type Principal,
  StreamableHttpTransport,
} from "slipway";
import { serve } from "slipway/node";
import type { Message } from "./messages.ts";
import { SseReader } from "./sse-reader.ts";
import { Stream } from "./stream.ts";

/** A header's value; several values are sent as several headers. */
export type HeaderValues = { readonly [name: string]: string | readonly string[] };

interface HttpRequest {
  readonly method: string;
  readonly headers: HeaderValues;
  readonly body?: string | Uint8Array | undefined;
  /** Default: the endpoint's path. */
  readonly path?: string | undefined;
  /** For the `Stream` of it. */
  readonly id?: Stream["id"];
  readonly principal?: Principal | undefined;
  readonly cancel?: (stream: Stream, reason: string | undefined) => Promise<void>;
  /** Sees every message of the body. */
  readonly received: (message: Message) => void;
}

/** The server's end of HTTP, by sockets or by calls of the bound handler. */
export interface HttpLink {
  readonly url: string;
  readonly handler: McpHandler;
  send(request: HttpRequest): Stream;
  close(): Promise<void>;
}

export interface HttpLinkOptions extends StreamableHttpTransportOptions {
  /** Default: in memory. `null`: no sessions. */
  readonly session: StreamableHttpTransportOptions["sessionAdapter"] | null;
  /** Whether callers may be named by the harness. */
  readonly named: boolean;
}

/** Names the caller to the `authenticate` of the harness. */
const CALLER = "x-test-caller";

export async function openNodeLink(server: McpServer, options: HttpLinkOptions): Promise<HttpLink> {
  const { session, named, ...rest } = options;
  const callers: (Principal | undefined)[] = [];
  const authenticate: StreamableHttpTransportOptions["authenticate"] = ({ headers }) =>
    callers[Number(headers.get(CALLER) ?? -1)];
  const running = await serve(server, {
    ...rest,
    ...(named && rest.authenticate === undefined && { authenticate }),
    sessionAdapter: session,
    port: 0,
  });
  const agent = new Agent({ keepAlive: true });
  const open = new Set<Stream>();
  const { origin, pathname } = new URL(running.url);
  return {
    url: running.url,
    handler: running.handler,
    send({ method, headers, body, path, id, principal, cancel, received }) {
      const client = request(`${origin}${path ?? pathname}`, { method, agent });
      const stream: Stream = new Stream(
        id,
        () => client.destroy(),
        async (reason) => cancel?.(stream, reason),
      );
      for (const [name, value] of Object.entries(headers)) client.setHeader(name, value as string | string[]);
      if (principal !== undefined) client.setHeader(CALLER, String(callers.push(principal) - 1));
      open.add(stream);
      void stream.ended.then(() => open.delete(stream));
      client.on("response", (response) => void readNode(response, stream, received));
      client.on("error", () => stream.finish(true));
      client.end(body);
      return stream;
    },
    async close() {
      // Calls are not waited for, but what was said last is let through.
      await running.handler.close(0);
      await running.close(50);
      await Promise.all([...open].map((stream) => stream.ended));
      agent.destroy();
    },
  };
}

async function readNode(
  response: IncomingMessage,
  stream: Stream,
  received: HttpRequest["received"],
): Promise<void> {
  const headers = new Headers();
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    headers.append(response.rawHeaders[i] as string, response.rawHeaders[i + 1] as string);
  }
  await readBody(stream, response.statusCode ?? 0, headers, response, received);
}

export async function openFetchLink(server: McpServer, options: HttpLinkOptions): Promise<HttpLink> {
  const { session, named, ...rest } = options;
  const sessionAdapter = session === null ? undefined : (session ?? new InMemorySessionAdapter());
  const handler = new StreamableHttpTransport({ ...rest, sessionAdapter }).bind(server);
  const url = "http://localhost/mcp";
  const open = new Set<AbortController>();
  return {
    url,
    handler,
    send({ method, headers, body, path, id, principal, cancel, received }) {
      const abort = new AbortController();
      open.add(abort);
      const stream: Stream = new Stream(
        id,
        () => abort.abort(),
        async (reason) => cancel?.(stream, reason),
      );
      const list = new Headers();
      for (const [name, value] of Object.entries(headers)) {
        for (const one of typeof value === "string" ? [value] : value) list.append(name, one);
      }
      const init = { method, headers: list, body: body as BodyInit | undefined, signal: abort.signal };
      const address = path === undefined ? url : new URL(path, url);
      const answered = handler(new Request(address, init), named && principal ? { auth: principal } : {});
      // A runtime gives up on the response when the client goes away.
      const left = new Promise<undefined>((resolve) => {
        abort.signal.addEventListener("abort", () => resolve(undefined), { once: true });
      });
      void Promise.race([answered, left]).then(async (response) => {
        if (response === undefined) return stream.finish(true);
        await readBody(stream, response.status, response.headers, chunksOf(response, abort.signal), received);
        open.delete(abort);
      });
      return stream;
    },
    async close() {
      await handler.close();
      for (const abort of open) abort.abort();
    },
  };
}

async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (signal.aborted) throw new Error("The client went away.");
    if (done) return;
    yield value;
  }
}

async function readBody(
  stream: Stream,
  status: number,
  headers: Headers,
  body: AsyncIterable<Uint8Array>,
  received: HttpRequest["received"],
): Promise<void> {
  stream.begin({ status, headers });
  const streaming = headers.get("content-type")?.startsWith("text/event-stream") === true;
  const take = (json: string) => {
    const parsed = JSON.parse(json) as Message | Message[];
    for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
      received(message);
      stream.messages.push(message);
    }
  };
  const sse = new SseReader(
    (event) => {
      stream.events.push(event);
      if (event.data !== undefined && event.data !== "" && (event.event ?? "message") === "message")
        take(event.data);
    },
    (comment) => stream.comments.push(comment),
  );
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of body) {
      const text = decode(decoder, stream, chunk);
      stream.text += text;
      if (streaming) sse.push(text);
    }
    if (!streaming && headers.get("content-type")?.startsWith("application/json") && stream.text !== "") {
      take(stream.text);
    }
    stream.finish();
  } catch {
    stream.finish(true);
  }
}

function decode(decoder: TextDecoder, stream: Stream, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    stream.garbled = true;
    return "\ufffd";
  }
}
