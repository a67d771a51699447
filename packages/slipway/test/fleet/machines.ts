import {
  type McpHandler,
  type McpServer,
  type Principal,
  type Store,
  StreamableHttpTransport,
} from "slipway";
import { onTestFinished } from "vitest";

/** One machine of a fleet: an instance of a server over its own face of the store. */
export interface Machine {
  readonly handler: McpHandler;
  readonly store: Store;
}

export function machine(server: McpServer, store: Store): Machine {
  const handler = new StreamableHttpTransport({ store, keepAliveMs: 0, retryMs: 5 }).bind(server);
  onTestFinished(() => handler.close());
  return { handler, store };
}

export interface Event {
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of any kind
  readonly message: any;
}

/** A response's events as they come. */
export class EventReader {
  readonly status: number;
  readonly #reader: ReadableStreamDefaultReader<string> | undefined;
  readonly #abort: AbortController;
  #buffer = "";
  lastId: string | undefined;
  /** How long the client was last told to wait before it comes back, in milliseconds. */
  retryMs: number | undefined;

  constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.#abort = abort;
    this.#reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader() as never;
  }

  /** The next event that carries a message; `undefined` at the end of the stream. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf("\n\n");
      if (end === -1) {
        const chunk = await this.#reader?.read();
        if (chunk === undefined || chunk.done) return undefined;
        this.#buffer += chunk.value;
        continue;
      }
      const lines = this.#buffer.slice(0, end).split("\n");
      this.#buffer = this.#buffer.slice(end + 2);
      const id = lines.find((line) => line.startsWith("id: "))?.slice(4);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      const retry = lines.find((line) => line.startsWith("retry: "))?.slice(7);
      if (id !== undefined) this.lastId = id;
      if (retry !== undefined) this.retryMs = Number(retry);
      if (data) return { id, message: JSON.parse(data) };
    }
  }

  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  /** The client's connection breaks. */
  async cut(): Promise<void> {
    this.#abort.abort();
    await this.#reader?.cancel().catch(() => {});
  }
}

/** A client of one of the revisions with handshake, which talks to whatever machine it is told to. */
export class SessionClient {
  readonly id: string;
  readonly #principal: Principal | undefined;
  #next = 1;

  private constructor(id: string, principal: Principal | undefined) {
    this.id = id;
    this.#principal = principal;
  }

  static async open(at: Machine, principal?: Principal): Promise<SessionClient> {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {}, sampling: {}, roots: {} },
      clientInfo: { name: "client", version: "1" },
    };
    const response = await send(at, principal, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    await response.text();
    const client = new SessionClient(response.headers.get("mcp-session-id") ?? "", principal);
    await client.post(at, { method: "notifications/initialized" });
    return client;
  }

  async post(at: Machine, message: object, abort = new AbortController()): Promise<Response> {
    return send(at, this.#principal, { jsonrpc: "2.0", ...message }, this.id, abort);
  }

  async request(
    at: Machine,
    method: string,
    params: object = {},
  ): Promise<{ result: Record<string, unknown>; error: never }> {
    const response = await this.post(at, { id: this.#next++, method, params });
    return (await response.json()) as never;
  }

  /** Calls a tool whose response is a stream. */
  async stream(at: Machine, name: string, args: object = {}, progressToken?: number): Promise<EventReader> {
    const abort = new AbortController();
    const params = {
      name,
      arguments: args,
      ...(progressToken !== undefined && { _meta: { progressToken } }),
    };
    const message = { id: this.#next++, method: "tools/call", params };
    return new EventReader(await this.post(at, message, abort), abort);
  }

  async answer(at: Machine, id: string, result: object): Promise<number> {
    const response = await this.post(at, { id, result });
    return response.status;
  }

  async get(at: Machine, lastEventId?: string): Promise<EventReader> {
    const abort = new AbortController();
    const request = new Request("http://127.0.0.1/mcp", {
      headers: {
        accept: "text/event-stream",
        "mcp-session-id": this.id,
        "mcp-protocol-version": "2025-11-25",
        ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
      },
      signal: abort.signal,
    });
    return new EventReader(await at.handler(request, authOf(this.#principal)), abort);
  }

  async delete(at: Machine): Promise<number> {
    const headers = { "mcp-session-id": this.id, "mcp-protocol-version": "2025-11-25" };
    const request = new Request("http://127.0.0.1/mcp", { method: "DELETE", headers });
    return (await at.handler(request, authOf(this.#principal))).status;
  }
}

function authOf(principal: Principal | undefined) {
  return principal === undefined ? undefined : { auth: principal };
}

function send(
  at: Machine,
  principal: Principal | undefined,
  message: object,
  session?: string,
  abort = new AbortController(),
): Promise<Response> {
  const request = new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session !== undefined && { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    },
    body: JSON.stringify(message),
    signal: abort.signal,
  });
  return at.handler(request, authOf(principal));
}
