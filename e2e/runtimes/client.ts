import { onTestFinished } from "vitest";

export const LEGACY = "2025-11-25";
export const MODERN = "2026-07-28";

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came off the wire
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string };
}

interface Event {
  readonly id?: string;
  readonly message?: Message;
}

/** A response, read as it comes. */
export class Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The id of the last event that had one. */
  lastEventId = "";
  /** Comments, and events without data. */
  silent = 0;
  readonly #response: Response;
  readonly #cut: AbortController;
  readonly #events: AsyncGenerator<Event>;

  constructor(response: Response, cut: AbortController) {
    this.#response = response;
    this.#cut = cut;
    this.status = response.status;
    this.headers = response.headers;
    this.#events = this.#read();
  }

  /** The next message, of any number; undefined when the response has ended. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done) return undefined;
      if (value.id !== undefined) this.lastEventId = value.id;
      if (value.message !== undefined) return value.message;
      this.silent++;
    }
  }

  async all(): Promise<Message[]> {
    const messages: Message[] = [];
    for (let message = await this.next(); message; message = await this.next()) messages.push(message);
    return messages;
  }

  /** The last message. */
  async answer(): Promise<Message> {
    return (await this.all()).at(-1) as Message;
  }

  /** Waits for something that is not a message. */
  async silence(): Promise<void> {
    await this.#events.next();
  }

  /** Goes away. */
  cut(): void {
    this.#cut.abort();
  }

  async *#read(): AsyncGenerator<Event> {
    if (!this.headers.get("content-type")?.startsWith("text/event-stream")) {
      const text = await this.#response.text();
      if (text !== "") yield { message: JSON.parse(text) as Message };
      return;
    }
    const body = this.#response.body as unknown as AsyncIterable<Uint8Array>;
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let rest = "";
    for await (const chunk of body) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) yield readEvent(block);
    }
  }
}

function readEvent(block: string): Event {
  const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
  const data = field("data");
  const id = field("id");
  return {
    ...(id !== undefined && { id }),
    ...(data !== undefined && data !== "" && { message: JSON.parse(data) as Message }),
  };
}

/** A client that speaks one revision, by nothing but `fetch`. */
export class RawClient {
  readonly url: string;
  readonly revision: string;
  sessionId: string | undefined;
  #nextId = 1;

  constructor(url: string, revision: string) {
    this.url = url;
    this.revision = revision;
  }

  /** Opens a session. */
  static async initialized(url: string): Promise<RawClient> {
    const client = new RawClient(url, LEGACY);
    const reply = await client.request("initialize", {
      protocolVersion: LEGACY,
      capabilities: { elicitation: {} },
      clientInfo: { name: "raw", version: "1.0.0" },
    });
    client.sessionId = reply.headers.get("mcp-session-id") ?? undefined;
    await reply.answer();
    await client.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return client;
  }

  async send(method: string, headers: { [name: string]: string }, body?: string): Promise<Reply> {
    const cut = new AbortController();
    const { signal } = cut;
    onTestFinished(() => cut.abort());
    const init = { method, headers, signal, ...(body !== undefined && { body }) };
    return new Reply(await fetch(this.url, init), cut);
  }

  post(message: object, headers: { [name: string]: string } = {}): Promise<Reply> {
    const all = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...this.#headers(),
      ...headers,
    };
    return this.send("POST", all, JSON.stringify(message));
  }

  request(method: string, params: object = {}, meta: object = {}): Promise<Reply> {
    const { name } = params as { name?: string };
    const modern = {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
    };
    const _meta = { ...(this.revision === MODERN && modern), ...meta };
    const { uri } = params as { uri?: string };
    const named = name ?? uri;
    return this.post(
      { jsonrpc: "2.0", id: this.#nextId++, method, params: { ...params, _meta } },
      this.revision === MODERN ? { "mcp-method": method, ...(named && { "mcp-name": named }) } : {},
    );
  }

  call(name: string, args: object = {}, meta: object = {}): Promise<Reply> {
    return this.request("tools/call", { name, arguments: args }, meta);
  }

  async result(method: string, params: object = {}) {
    const { result, error } = await (await this.request(method, params)).answer();
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  async text(name: string, args: object = {}): Promise<string> {
    return (await this.result("tools/call", { name, arguments: args })).content[0].text;
  }

  get(headers: { [name: string]: string } = {}): Promise<Reply> {
    return this.send("GET", { accept: "text/event-stream", ...this.#headers(), ...headers });
  }

  delete(): Promise<Reply> {
    return this.send("DELETE", this.#headers());
  }

  #headers(): { [name: string]: string } {
    return {
      "mcp-protocol-version": this.revision,
      ...(this.sessionId !== undefined && { "mcp-session-id": this.sessionId }),
    };
  }
}
