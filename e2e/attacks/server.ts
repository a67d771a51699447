// The server that is attacked, behind several doors, and what it holds. Runs with --expose-gc.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpError, InMemorySessionAdapter, type Principal, StreamableHttpTransport } from "slipway";
import { nodeListener, type RunningServer, type ServeOptions, serve } from "slipway/node";
import { makeServer } from "./surface.ts";

/** What the server holds, in numbers. */
export interface Holdings {
  /** Memory in use after a collection, in bytes: the heap and what is outside of it. */
  readonly memory: number;
  readonly streams: number;
  readonly calls: number;
  readonly connections: number;
  /** What keeps the process alive: sockets, timers, files. */
  readonly resources: number;
}

export type Command = { readonly do: "measure" };

const KEYS = {
  former: "the former secret, which is retired by now",
  current: "the current secret, which makes new seals",
};

const TOKENS = new Map<string, Principal>([
  ["ada", { subject: "ada", tenant: "one" }],
  ["eve", { subject: "eve", tenant: "one" }],
  ["ada-of-two", { subject: "ada", tenant: "two" }],
]);

/** Repeats what it was given, decoded, as careless programs do. */
function authenticate({ headers }: { headers: { get(name: string): string | null } }): Principal {
  const [, token = ""] = /^Bearer (.*)$/.exec(headers.get("authorization") ?? "") ?? [];
  const principal = TOKENS.get(token);
  if (principal !== undefined) return principal;
  const said = Buffer.from(token, "base64url").toString("latin1");
  throw new HttpError(401, "A valid token is needed.", {
    headers: [["www-authenticate", `Bearer error="invalid_token", error_description="${said}"`]],
  });
}

const server = makeServer();

const DOORS = {
  /** For everybody. */
  open: { httpSse: true },
  /** For those with a token. */
  guarded: { authenticate, httpSse: true, requestState: { secrets: [KEYS.current] } },
  /** The same, with a secret that the others know no more. */
  former: { authenticate, requestState: { secrets: [KEYS.former] } },
  /** The same in the midst of a change of secrets. */
  changing: { authenticate, requestState: { secrets: [KEYS.current, KEYS.former] } },
  /** Has little time and room. */
  hasty: {
    authenticate,
    requestState: { secrets: [KEYS.current], ttlMs: 1 },
    requestTimeoutMs: 1_000,
    maxBufferedBytes: 64 * 1024,
  },
  /** Says by which names and for which pages it may be reached. */
  named: { allowedHosts: ["mcp.example.com"], allowedOrigins: ["https://app.example.com"] },
} satisfies { [name: string]: ServeOptions };

/** One more, which is mounted in a server of its author's own, at whatever path. */
async function mount(): Promise<Pick<RunningServer, "port" | "handler" | "http">> {
  const handler = new StreamableHttpTransport({
    sessionAdapter: new InMemorySessionAdapter(),
    httpSse: true,
  }).bind(server);
  const http = createServer({ joinDuplicateHeaders: true }, nodeListener(handler)).listen(0, "127.0.0.1");
  await once(http, "listening");
  return { port: (http.address() as AddressInfo).port, handler, http };
}

export type Door = keyof typeof DOORS | "mounted";

const running = { mounted: await mount() } as { [door in Door]: Awaited<ReturnType<typeof mount>> };
for (const [door, options] of Object.entries(DOORS)) {
  running[door as Door] = await serve(server, { port: 0, ...options });
}

async function measure(): Promise<Holdings> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  const all = Object.values(running);
  const sum = (count: (one: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + count(one), 0);
  const connections = await Promise.all(
    all.map(
      ({ http }) => new Promise<number>((resolve) => http.getConnections((_, count) => resolve(count))),
    ),
  );
  return {
    memory: heapUsed + external,
    streams: sum(({ handler }) => handler.load.streams),
    calls: sum(({ handler }) => handler.load.calls),
    connections: connections.reduce((total, count) => total + count, 0),
    resources: process.getActiveResourcesInfo().length,
  };
}

process.on("message", async (_command: Command) => {
  process.send?.(await measure());
});
process.send?.(Object.fromEntries(Object.entries(running).map(([door, { port }]) => [door, port])));
