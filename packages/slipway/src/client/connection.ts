import type { Revision, Revisions } from "../protocol/eras/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import type { Params } from "../protocol/jsonrpc.ts";
import { Asks } from "./asks.ts";
import { ClientError } from "./errors.ts";
import { HttpSseTransport } from "./http/http-sse.ts";
import { HttpTransport } from "./http/transport.ts";
import { type CallOptions, Link } from "./link.ts";
import { type Agreed, initialize, negotiate } from "./negotiate.ts";
import type { ClientOptions } from "./options.ts";
import type { ClientTransport, TransportEvents } from "./transport.ts";
import type { Notification, Result } from "./types.ts";

/** An open way to a server, with what was agreed on it. */
export interface Established extends Agreed {
  readonly link: Link;
}

const TIMEOUT_MS = 60_000;
const MAX_TIMEOUT_MS = 600_000;

/** Statuses by which a server shows that messages are not posted to this address. */
const NO_POST = new Set([400, 404, 405]);

/**
 * Keeps a client connected: opens the way to the server, finds out what it speaks, and does both again when the session
 * or the process is gone.
 */
export class Connection {
  readonly options: ClientOptions;
  readonly asks: Asks;
  readonly #revisions: Revisions;
  readonly #listeners = new Set<(notification: Notification) => void>();
  readonly #lossListeners = new Set<() => void>();
  #transport: ClientTransport;
  #established: Promise<Established> | undefined;
  /** What the server spoke when it was last asked. */
  #revision: Revision | undefined;
  #closed = false;

  constructor(transport: ClientTransport, revisions: Revisions, options: ClientOptions) {
    this.#transport = transport;
    this.#revisions = revisions;
    this.options = options;
    this.asks = new Asks(options);
  }

  get transport(): ClientTransport {
    return this.#transport;
  }

  /** What is open, or opens now. */
  established(): Promise<Established> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#established === undefined) {
      const opening = this.#open();
      this.#established = opening;
      opening.catch(() => this.#forget(opening));
    }
    return this.#established;
  }

  async #open(): Promise<Established> {
    const link = await this.#link(this.#transport);
    const agreed = await this.#agree(link).catch((error) => this.#beforeStreamableHttp(error));
    if (this.#closed) throw closed();
    this.#revision = agreed.side.revision;
    return agreed;
  }

  async #link(transport: ClientTransport): Promise<Link> {
    const { timeoutMs = TIMEOUT_MS, maxTimeoutMs = MAX_TIMEOUT_MS } = this.options;
    const warn = (message: string) => this.warn(message);
    const notified = (notification: Notification) => this.#notified(notification);
    const link = new Link(transport, { timeoutMs, maxTimeoutMs, asks: this.asks, notified, warn });
    const events: TransportEvents = {
      message: (message) => link.receive(message),
      lost: () => this.#lost(),
      warn,
    };
    await transport.open(events);
    return link;
  }

  async #agree(link: Link): Promise<Established> {
    const last = this.#revision;
    if (last?.handshake) {
      // What a server is does not change, as a rule.
      const again = await initialize(link, this.#revisions, last, this.options).catch((error: unknown) => {
        if (error instanceof ClientError && error.code === "connection") throw error;
      });
      if (again !== undefined) return { link, ...again };
    }
    try {
      return { link, ...(await negotiate(link, this.#revisions, this.options)) };
    } catch (error) {
      // Some programs end at a first request that they do not know.
      const ended = error instanceof ClientError && error.code === "connection";
      const handshake = this.#handshakeRevision();
      if (!ended || link.transport.cancelsByClosing || handshake === undefined) throw error;
      const fresh = await this.#link(this.#transport);
      return { link: fresh, ...(await initialize(fresh, this.#revisions, handshake, this.options)) };
    }
  }

  /** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#http+sse-transport-2024-11-05 */
  async #beforeStreamableHttp(error: unknown): Promise<Established> {
    const transport = this.#transport;
    const { code, status } = error as ClientError;
    const refused = error instanceof RpcError ? error.httpStatus : code === "status" ? status : undefined;
    const handshake = this.#handshakeRevision();
    if (!(transport instanceof HttpTransport) || handshake === undefined || !NO_POST.has(refused ?? 0))
      throw error;
    const older = new HttpSseTransport(transport.url, transport.options);
    const link = await this.#link(older).catch(() => {
      throw error;
    });
    this.#transport = older;
    return { link, ...(await initialize(link, this.#revisions, handshake, this.options)) };
  }

  #handshakeRevision(): Revision | undefined {
    const known = this.#revisions.versions.map((version) => this.#revisions.get(version));
    return known.find((revision) => revision?.handshake);
  }

  #notified(notification: Notification): void {
    for (const listener of this.#listeners) listener(notification);
    this.options.onNotification?.(notification);
  }

  #lost(): void {
    this.#established = undefined;
    this.asks.withdrawAll();
    for (const listener of [...this.#lossListeners]) listener();
  }

  #forget(established: Promise<Established>): void {
    if (this.#established === established) this.#established = undefined;
  }

  /**
   * Sends one request. Where the server says that it has forgotten the session, or no longer speaks the revision, nothing
   * was done: what is agreed is agreed anew, and the request is sent once more.
   */
  async call(method: string, params: Params | undefined, options: CallOptions = {}): Promise<Result> {
    const current = this.established();
    const { link, side } = await current;
    const session = link.transport.sessionId;
    try {
      return await link.call(side, method, params, options);
    } catch (error) {
      const forgotten = session !== undefined && error instanceof ClientError && error.status === 404;
      const outdated = error instanceof RpcError && error.code === ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION;
      if (!forgotten && !outdated) throw error;
      if (this.#established === current) this.#lost();
      const { link: next, side: nextSide } = await this.established();
      return next.call(nextSide, method, params, options);
    }
  }

  async notify(method: string, params?: Params): Promise<void> {
    const { link, side } = await this.established();
    await link.notify(side, method, params);
  }

  /** Calls back for every notification that belongs to no request. Returns how to end that. */
  onNotification(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when the session or the process is gone. Returns how to end that. */
  onLoss(listener: () => void): () => void {
    this.#lossListeners.add(listener);
    return () => this.#lossListeners.delete(listener);
  }

  warn(message: string): void {
    this.options.onWarning?.(message);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.asks.withdrawAll();
    await this.#transport.close();
  }
}

function closed(): ClientError {
  return new ClientError("closed", "The client was closed.");
}
