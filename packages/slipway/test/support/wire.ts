import type { ClientCapabilities, McpServer, Principal, StreamableHttpTransportOptions } from "slipway";
import type { StdioOptions } from "slipway/stdio";
import { onTestFinished } from "vitest";
import { type HeaderValues, type HttpLink, openFetchLink, openNodeLink } from "./http-link.ts";
import { eraOf, type Transport } from "./matrix.ts";
import type { ErrorObject, Id, Message } from "./messages.ts";
import { StdioLink } from "./stdio-link.ts";
import { type Ask, type Reply, Stream } from "./stream.ts";
import { Traffic } from "./traffic.ts";

export const META = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
  serverInfo: "io.modelcontextprotocol/serverInfo",
} as const;

/** What a client can do that can do everything. */
export const ALL_CAPABILITIES: ClientCapabilities = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
};

/** Who is at the client's end. */
export interface ClientOptions {
  /** `"modern"`, or a revision. Default: `"modern"`. */
  readonly era?: string;
  /** What the client declares. Default: everything. */
  readonly capabilities?: ClientCapabilities;
  readonly clientInfo?: object;
  /** Whom the application in front of the server takes the client for. HTTP only. */
  readonly principal?: Principal | undefined;
  /** What the client sends as `Authorization: Bearer`. HTTP only. */
  readonly token?: string | undefined;
  /** Whether a legacy client opens with `initialize`. Default: true. */
  readonly handshake?: boolean;
}

export interface WireOptions extends ClientOptions, StreamableHttpTransportOptions {
  readonly transport: Transport;
  /** Whether the server keeps sessions. Default: true. Without meaning on stdio. */
  readonly sessions?: boolean;
  readonly stdio?: StdioOptions;
}

export type Answer = object | { readonly error: ErrorObject };

/** What the client answers to questions: by their method, or by a function. `{ error }` only in legacy revisions. */
export type Answers = { readonly [method: string]: Answer } | ((ask: Ask) => Answer | Promise<Answer>);

export interface SendOptions {
  /** Put over the headers that the harness fills in; `null` leaves one out, an array sends it repeatedly. */
  readonly headers?: { readonly [name: string]: string | readonly string[] | null };
  /** Default: the endpoint's. */
  readonly path?: string;
  readonly principal?: Principal;
}

export interface RequestOptions extends SendOptions {
  /** Default: the next of 1, 2, 3… */
  readonly id?: Id;
  /**
   * Put over the `_meta` that the harness fills in (modern) or leaves out (legacy); members that are
   * `undefined` are left out, `null` leaves out all of `_meta`.
   */
  readonly meta?: { readonly [key: string]: unknown } | null;
  /** How the client answers what the server asks. Without them a question is left unanswered. */
  readonly answers?: Answers;
}

/** Which changes a client wants to be told of. */
export interface ChangeFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
  /** Modern clients only. */
  readonly taskIds?: readonly string[];
}

type Endpoint = { readonly http: HttpLink } | { readonly stdio: StdioLink };

/** Where `Mcp-Name` comes from. */
const NAMED: { readonly [method: string]: string } = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};

/** Serves `server`, opens a raw client to it, and closes both when the test has finished. */
export async function openWire(server: McpServer, options: WireOptions): Promise<Wire> {
  const { transport, era, capabilities, clientInfo, principal, token, handshake, sessions, stdio, ...http } =
    options;
  const client = { era, capabilities, clientInfo, principal, token, handshake };
  const traffic = new Traffic();
  const endpoint = await serveOn(server, options, http, traffic);
  const wire = new Wire(transport, endpoint, client as ClientOptions, traffic);
  onTestFinished(async () => {
    await wire.close();
    traffic.check();
  });
  await wire.open();
  return wire;
}

async function serveOn(
  server: McpServer,
  options: WireOptions,
  http: StreamableHttpTransportOptions,
  traffic: Traffic,
): Promise<Endpoint> {
  const { transport, sessions = true, stdio = {} } = options;
  if (transport === "stdio") {
    if (options.principal !== undefined) throw new Error("Nobody is authenticated on stdio.");
    const { clientRequestAdapter, journalAdapter, requestState, limits } = http;
    const shared = { clientRequestAdapter, journalAdapter, requestState, ...(limits && { limits }) };
    const received = (message: Message) => traffic.receive(message, undefined);
    return { stdio: new StdioLink(server, { ...shared, ...stdio }, received) };
  }
  const link = transport === "node" ? openNodeLink : openFetchLink;
  const session = sessions ? http.sessionAdapter : null;
  return { http: await link(server, { ...http, session, named: "principal" in options }) };
}

/** A raw client of one server: sends any bytes and reads all that comes back. */
export class Wire {
  readonly transport: Transport;
  readonly era: "modern" | "legacy";
  readonly revision: string;
  readonly capabilities: ClientCapabilities;
  readonly clientInfo: object;
  readonly principal: Principal | undefined;
  /** Every message that any client of this endpoint has received, in order. */
  readonly received: readonly Message[];
  /** The session that the client names, where it has one. */
  sessionId: string | undefined;
  /** The reply to `initialize`, of a legacy client. */
  initialized: Reply | undefined;
  readonly #endpoint: Endpoint;
  readonly #traffic: Traffic;
  readonly #handshake: boolean;
  readonly #token: string | undefined;
  #nextId = 1;

  constructor(transport: Transport, endpoint: Endpoint, client: ClientOptions, traffic: Traffic) {
    const { era = "modern", capabilities = ALL_CAPABILITIES, principal, handshake } = client;
    this.transport = transport;
    this.revision = era === "modern" ? "2026-07-28" : era;
    this.era = eraOf(this.revision);
    this.capabilities = capabilities;
    this.clientInfo = client.clientInfo ?? { name: "wire", version: "1.0.0" };
    this.principal = principal;
    this.received = traffic.messages;
    this.#traffic = traffic;
    traffic.join(this.era);
    this.#endpoint = endpoint;
    this.#handshake = handshake ?? true;
    this.#token = client.token;
  }

  /** Whether requests have headers and status. */
  get overHttp(): boolean {
    return "http" in this.#endpoint;
  }

  /** The server's end of HTTP. */
  get http(): HttpLink {
    if ("http" in this.#endpoint) return this.#endpoint.http;
    throw new Error("There is no HTTP on stdio.");
  }

  /** The server's end of stdio. */
  get stdio(): StdioLink {
    if ("stdio" in this.#endpoint) return this.#endpoint.stdio;
    throw new Error(`There is no stdio on ${this.transport}.`);
  }

  /** Another client of the same endpoint; on stdio, of the same pipe. */
  async connect(options: ClientOptions = {}): Promise<Wire> {
    const wire = new Wire(this.transport, this.#endpoint, options, this.#traffic);
    // Ids are unique on a pipe.
    wire.#nextId = this.#nextId + 1_000_000;
    this.#nextId += 1;
    await wire.open();
    return wire;
  }

  /** Opens with the handshake, where the revision has one. `openWire` and `connect` do it. */
  async open(): Promise<void> {
    if (this.era === "modern" || !this.#handshake) return;
    this.initialized = await this.initialize();
    this.sessionId = this.initialized.headers.get("mcp-session-id") ?? undefined;
    await this.notify("notifications/initialized");
  }

  /** Sends `initialize` alone. */
  initialize(options: RequestOptions & { params?: object } = {}): Promise<Reply> {
    const params = {
      protocolVersion: this.revision,
      capabilities: this.capabilities,
      clientInfo: this.clientInfo,
      ...options.params,
    };
    const headers = { "mcp-protocol-version": null, ...options.headers };
    return this.request("initialize", params, { ...options, headers });
  }

  /** Makes a request as a well-behaved client does, and reads all of the reply. */
  async request(method: string, params?: object, options: RequestOptions = {}): Promise<Reply> {
    if (options.answers === undefined) return this.start(method, params, options).reply();
    return this.#converse(method, params, options, options.answers);
  }

  /** `tools/call`. */
  callTool(name: string, args?: object, options: RequestOptions = {}): Promise<Reply> {
    return this.request("tools/call", { name, ...(args !== undefined && { arguments: args }) }, options);
  }

  /** The same as {@link request}, without waiting: to read as it comes, to cancel, or to go away. */
  start(method: string, params?: object, options: RequestOptions = {}): Stream {
    return this.send(this.message(method, params, options), options);
  }

  /** `start` of `tools/call`. */
  startTool(name: string, args?: object, options: RequestOptions = {}): Stream {
    return this.start("tools/call", { name, ...(args !== undefined && { arguments: args }) }, options);
  }

  /** The message that {@link request} sends. */
  message(method: string, params?: object, options: RequestOptions = {}): Message {
    return {
      jsonrpc: "2.0",
      id: options.id ?? this.#nextId++,
      method,
      ...this.#params(params, options.meta),
    };
  }

  async notify(
    method: string,
    params?: object,
    options: SendOptions & Pick<RequestOptions, "meta"> = {},
  ): Promise<Reply> {
    return this.send({ jsonrpc: "2.0", method, ...this.#params(params, options.meta) }, options).reply();
  }

  /** Answers a request of the server. */
  async respond(id: Id | undefined, answer: Answer, options: SendOptions = {}): Promise<Reply> {
    const response =
      "error" in answer ? { jsonrpc: "2.0", id, ...answer } : { jsonrpc: "2.0", id, result: answer };
    return this.send(response, options).reply();
  }

  /**
   * Sends a message, or any bytes, as they are: nothing is filled in but the headers that fit it.
   * On stdio a line break is put behind.
   */
  send(message: object | string | Uint8Array, options: SendOptions = {}): Stream {
    const raw = typeof message === "string" || message instanceof Uint8Array;
    const read = raw ? {} : (message as Message);
    if (!this.overHttp) return this.#sendLine(message, read, raw);
    return this.exchange("POST", {
      ...options,
      headers: { ...this.headersOf(read), ...options.headers },
      body: raw ? (message as string | Uint8Array) : JSON.stringify(message),
      id: read.id,
    });
  }

  /** Any HTTP request. `GET`, `DELETE` and the like have the headers that a client of the era sends. */
  exchange(
    method: string,
    options: SendOptions & { body?: string | Uint8Array; id?: Id | undefined } = {},
  ): Stream {
    const base = options.body === undefined ? this.#connectionHeaders() : {};
    if (method === "GET") base["accept"] = "text/event-stream";
    return this.http.send({
      method,
      headers: withoutNull({ ...base, ...options.headers }),
      body: options.body,
      path: options.path,
      id: options.id,
      principal: options.principal ?? this.principal,
      cancel: (stream, reason) => this.#cancel(stream, reason),
      // What is at other paths need not be MCP.
      received: (message) => {
        if (options.path === undefined) this.#traffic.receive(message, this.era);
      },
    });
  }

  /** `GET`: opens the stream of a legacy session. */
  get(options: SendOptions = {}): Stream {
    return this.exchange("GET", options);
  }

  /** `GET` with `Last-Event-ID`. */
  resume(lastEventId: string, options: SendOptions = {}): Stream {
    return this.get({ ...options, headers: { "last-event-id": lastEventId, ...options.headers } });
  }

  /** `DELETE`: ends a legacy session. */
  delete(options: SendOptions = {}): Promise<Reply> {
    return this.exchange("DELETE", options).reply();
  }

  /**
   * Listens for changes as the era does it: `subscriptions/listen`, or `resources/subscribe` and the GET
   * stream (the pipe itself on stdio). Resolves once the server tells; the first message is the first change.
   */
  async listen(filter: ChangeFilter, options: RequestOptions = {}): Promise<Stream> {
    if (this.era === "modern") {
      const stream = this.start("subscriptions/listen", { notifications: filter }, options);
      await stream.nextOf("notifications/subscriptions/acknowledged");
      return stream;
    }
    for (const uri of filter.resourceSubscriptions ?? [])
      (await this.request("resources/subscribe", { uri })).result;
    const stream = this.overHttp ? this.get(options) : this.stdio.wait({ all: true });
    await stream.head;
    return stream;
  }

  /** Resolves when the server has read all that was sent before on this pipe. Stdio only. */
  async settle(): Promise<void> {
    const method = this.era === "modern" ? "server/discover" : "ping";
    (await this.request(method)).result;
  }

  /** The headers that a well-behaved client sends with a message. */
  headersOf(message: Message): { [name: string]: string } {
    const headers: { [name: string]: string } = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...this.#connectionHeaders(),
    };
    if (this.era === "legacy") return headers;
    const declared = message.params?._meta?.[META.protocolVersion];
    headers["mcp-protocol-version"] = typeof declared === "string" ? declared : this.revision;
    if (typeof message.method === "string") headers["mcp-method"] = message.method;
    const name = message.params?.[NAMED[message.method ?? ""] ?? ""];
    if (typeof name === "string") headers["mcp-name"] = headerValue(name);
    return headers;
  }

  close(): Promise<void> {
    return "http" in this.#endpoint ? this.#endpoint.http.close() : this.#endpoint.stdio.close();
  }

  #connectionHeaders(): { [name: string]: string } {
    const authorization: { [name: string]: string } = {};
    if (this.#token !== undefined) authorization["authorization"] = `Bearer ${this.#token}`;
    if (this.era === "modern") return { ...authorization, "mcp-protocol-version": this.revision };
    return {
      ...authorization,
      ...(this.sessionId !== undefined && { "mcp-session-id": this.sessionId }),
      ...(this.revision >= "2025-06-18" && { "mcp-protocol-version": this.revision }),
    };
  }

  #params(params: object | undefined, meta: RequestOptions["meta"]): { params?: object } {
    const given = (params as { _meta?: object } | undefined)?._meta;
    const filled = meta === null ? undefined : { ...this.#meta(), ...given, ...meta };
    if (filled === undefined) return params === undefined ? {} : { params };
    const members = Object.entries(filled).filter(([, value]) => value !== undefined);
    if (this.era === "legacy" && members.length === 0) return params === undefined ? {} : { params };
    return { params: { ...params, _meta: Object.fromEntries(members) } };
  }

  #meta(): object {
    if (this.era === "legacy") return {};
    return {
      [META.protocolVersion]: this.revision,
      [META.clientInfo]: this.clientInfo,
      [META.clientCapabilities]: this.capabilities,
    };
  }

  #sendLine(message: object | string | Uint8Array, read: Message, raw: boolean): Stream {
    const text = raw ? (message as string | Uint8Array) : JSON.stringify(message);
    const expectsAnswer = raw || Array.isArray(message) || read.id !== undefined || read.method === undefined;
    const isResponse = !raw && ("result" in read || "error" in read) && read.method === undefined;
    if (!expectsAnswer || isResponse) {
      this.#writeLine(text);
      const stream = new Stream(
        undefined,
        () => {},
        async () => {},
      );
      stream.finish();
      return stream;
    }
    const stream = this.stdio.wait({
      id: read.id,
      token: read.params?._meta?.progressToken,
      listens: read.method === "subscriptions/listen",
      unreadable: raw || Array.isArray(message) || typeof read.method !== "string" || !isId(read.id),
      cancel: (of, reason) => this.#cancel(of, reason),
    });
    this.#writeLine(text);
    return stream;
  }

  #writeLine(text: string | Uint8Array): void {
    this.stdio.write(text);
    this.stdio.write("\n");
  }

  async #cancel(stream: Stream, reason: string | undefined): Promise<void> {
    if (this.era === "modern" && this.overHttp) return stream.close();
    const params = { requestId: stream.id, ...(reason !== undefined && { reason }) };
    await this.notify("notifications/cancelled", params);
  }

  async #converse(
    method: string,
    params: object | undefined,
    options: RequestOptions,
    answers: Answers,
  ): Promise<Reply> {
    const answer = async (ask: Ask) =>
      typeof answers === "function" ? answers(ask) : answerFor(answers, ask);
    if (this.era === "modern") return this.#retry(method, params, options, answer);
    const asks: Ask[] = [];
    const stream = this.start(method, params, options);
    for (let index = 0; ; index++) {
      const message = await stream.messages.at(index);
      if (message === undefined) return stream.reply(asks);
      if (message.method === undefined || message.id === undefined) continue;
      const ask: Ask = { method: message.method, params: message.params, id: message.id };
      asks.push(ask);
      await this.respond(message.id, await answer(ask), options);
    }
  }

  async #retry(
    method: string,
    params: object | undefined,
    options: RequestOptions,
    answer: (ask: Ask) => Promise<Answer>,
  ): Promise<Reply> {
    const asks: Ask[] = [];
    let carried: object = {};
    for (;;) {
      const reply = await this.start(method, { ...params, ...carried }, options).reply(asks);
      const result = reply.response?.result;
      if (result?.resultType !== "input_required") return reply;
      const inputResponses: { [key: string]: Answer } = {};
      for (const [key, request] of Object.entries<Ask>(result.inputRequests ?? {})) {
        const ask: Ask = { method: request.method, params: request.params, key };
        asks.push(ask);
        inputResponses[key] = await answer(ask);
      }
      carried = { inputResponses, requestState: result.requestState };
    }
  }
}

function answerFor(answers: { readonly [method: string]: Answer }, ask: Ask): Answer {
  const answer = answers[ask.method];
  if (answer === undefined) throw new Error(`The test has no answer to ${ask.method}.`);
  return answer;
}

function isId(value: unknown): boolean {
  return typeof value === "string" || Number.isInteger(value);
}

/** The form in which a value travels in a header. */
export function headerValue(text: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

function withoutNull(headers: { readonly [name: string]: string | readonly string[] | null }): HeaderValues {
  const kept = new Map<string, string | readonly string[]>();
  for (const [name, value] of Object.entries(headers)) {
    // A test may name a header in any case; the harness fills in lower case.
    for (const other of kept.keys()) if (other.toLowerCase() === name.toLowerCase()) kept.delete(other);
    if (value !== null) kept.set(name, value);
  }
  return Object.fromEntries(kept);
}
