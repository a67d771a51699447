import type {
  Authentication,
  ClientRequestAdapter,
  HandleAdapter,
  IncomingRequest,
  JournalAdapter,
  Principal,
  SessionAdapter,
  Store,
  TaskAdapter,
} from "../ports/index.ts";
import type { Limits, Logger, McpServer, Observer, PingSettings, SealOptions } from "../server/index.ts";

export interface HttpSseOptions {
  /** Where clients open the stream. Default: `/sse`. */
  path?: string;
  /** Where they post messages. Default: `/messages`. */
  messagesPath?: string;
}

/**
 * Makes the server of a tenant, when its first request comes, or the first one after the server was let go.
 * @param principal who sent that request; undefined where nobody was authenticated. Use of it only what all requests
 *   of the tenant have in common: the others are served by the same server
 */
export type ServerFactory = (
  principal: Principal | undefined,
) => McpServer<never> | McpServer | Promise<McpServer<never> | McpServer>;

export interface TenancyOptions {
  /**
   * What has a server of its own: each tenant, each principal, or what a function says. Default: `"tenant"`; principals
   * without a tenant have one each.
   */
  per?: "tenant" | "principal" | ((principal: Principal | undefined) => string);
  /**
   * How many servers are kept at once. One more takes the place of the one that was idle the longest, for a minute at
   * least; where there is none such, its request is answered with 503. Default: 1,000.
   */
  maxServers?: number;
  /** How long a server is kept that nobody uses, in milliseconds. Default: 600,000 (ten minutes). */
  idleMs?: number;
  /** Called when a server has been let go: closes what its factory has opened for it. */
  onClose?: (server: McpServer) => void | Promise<void>;
  /** Default: errors and warnings on stderr. */
  logger?: Logger;
}

export interface StreamableHttpTransportOptions {
  /** How servers are kept that a function makes, where one is bound instead of a server. */
  tenancy?: TenancyOptions;
  /**
   * All that a server keeps, in one backend that several instances may share: sessions, answers, suspended calls, and
   * what connects the instances. Adapters given beside it come first.
   */
  store?: Store | undefined;
  /**
   * Holds sessions for clients of revisions that have them. Default: the store's. `null`, or left out where there is no
   * store: every request stands alone.
   */
  sessionAdapter?: SessionAdapter | null | undefined;
  /** Connects questions to such clients with their answers. Default: in memory. */
  clientRequestAdapter?: ClientRequestAdapter | undefined;
  /** Keeps journals that are too large for `requestState`. Left out: such calls end in an error. */
  journalAdapter?: JournalAdapter | undefined;
  /** Keeps what handles open. Default: in memory. */
  handleAdapter?: HandleAdapter | undefined;
  /** Keeps tasks. Default: in memory. Only with a `store` do other instances go on with the tasks of one that died. */
  taskAdapter?: TaskAdapter | undefined;
  /** How suspended calls are sealed. */
  requestState?: SealOptions;

  /**
   * Names that the `Host` header may have, with or without a port. `"*"` allows all. Default: loopback names
   * where the server is reached through a loopback address, else all.
   */
  allowedHosts?: readonly string[];
  /**
   * Origins of web pages that may call the server, such as `https://app.example.com`. `"*"` allows all.
   * Default: pages from this machine, where the server is on it too.
   */
  allowedOrigins?: readonly string[];
  /** Finds out who calls, and tells clients how they may be let in: see `slipway/auth`. Default: `authenticate`. */
  auth?: Authentication | undefined;
  /** Finds out who calls. Throw an `HttpError` to refuse. Default: whom the caller of the handler names. */
  authenticate?: (request: IncomingRequest) => Principal | undefined | Promise<Principal | undefined>;

  /** Watches what is served: `observe` of `slipway/observe`. Default: nobody does. */
  observe?: Observer | undefined;
  /** Bounds who may call how often, and how much at once: `limits` of `slipway/limits`. Default: nobody is held back. */
  limits?: Limits | undefined;
  /** How many requests are served at once; further ones are answered with 503. Default: 10,000. */
  maxCalls?: number;
  /** The longest body, in bytes. Default: 4 MiB. */
  maxBodyBytes?: number;
  /** How deep a body may nest. Default: 64. */
  maxDepth?: number;
  /** Bytes that may wait for a slow reader before its connection is cut. Default: 1 MiB. */
  maxBufferedBytes?: number;
  /** How many event streams may be open. Default: 20,000. */
  maxStreams?: number;
  /** How many event streams one principal may have open, where callers are authenticated. Default: 2,000. */
  maxStreamsPerPrincipal?: number;
  /** How many event streams one session may have open. Default: 32. */
  maxStreamsPerSession?: number;
  /** How often a stream gets a comment, in milliseconds. 0: never. Default: 8,000, as Bun closes what is silent for 10,000. */
  keepAliveMs?: number;
  /**
   * How long a client of a revision with handshake may say nothing, while it listens, before it is sent a ping, in
   * milliseconds. 0: it is never sent one. Default: 0, since comments keep connections alive without a client's work.
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/ping
   */
  pingIntervalMs?: number;
  /** How long a client may take to answer a ping before its stream is closed, in milliseconds. Default: 30,000. */
  pingTimeoutMs?: number;
  /** How long clients should wait before they resume a stream, in milliseconds. Default: 1,000. */
  retryMs?: number;
  /**
   * Also serves the HTTP+SSE transport of 2024-11-05, on paths of its own. Default: off.
   * @deprecated by the protocol since revision 2025-03-26; for clients that know no other.
   */
  httpSse?: boolean | HttpSseOptions;
}

export interface HttpSettings {
  readonly maxCalls: number;
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxBufferedBytes: number;
  readonly maxStreams: number;
  readonly maxStreamsPerPrincipal: number;
  readonly maxStreamsPerSession: number;
  readonly keepAliveMs: number;
  readonly retryMs: number;
  readonly ping: PingSettings;
}

export function settingsOf(options: StreamableHttpTransportOptions): HttpSettings {
  return {
    maxCalls: options.maxCalls ?? 10_000,
    maxBodyBytes: options.maxBodyBytes ?? 4 * 1024 * 1024,
    maxDepth: options.maxDepth ?? 64,
    maxBufferedBytes: options.maxBufferedBytes ?? 1024 * 1024,
    maxStreams: options.maxStreams ?? 20_000,
    maxStreamsPerPrincipal: options.maxStreamsPerPrincipal ?? 2_000,
    maxStreamsPerSession: options.maxStreamsPerSession ?? 32,
    keepAliveMs: options.keepAliveMs ?? 8_000,
    retryMs: options.retryMs ?? 1_000,
    ping: { intervalMs: options.pingIntervalMs ?? 0, timeoutMs: options.pingTimeoutMs ?? 30_000 },
  };
}
