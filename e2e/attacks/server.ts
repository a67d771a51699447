// The server that is attacked, behind several doors, and what it holds. Runs with --expose-gc.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpError, InMemorySessionAdapter, type Principal, StreamableHttpTransport } from "slipway";
import { nodeListener, type RunningServer, type ServeOptions, serve } from "slipway/node";
import { holdingsOf } from "./holdings.ts";
import { makeServer } from "./surface.ts";

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

process.on("message", async (_command: Command) => {
  process.send?.(await holdingsOf(Object.values(running)));
});
process.send?.(Object.fromEntries(Object.entries(running).map(([door, { port }]) => [door, port])));
