/** A client of 2025-11-25 over real HTTP, which talks to whatever machine it is told to. */
export interface Event {
  readonly id: string | undefined;
  readonly message: Message;
}

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly progress?: number; readonly message?: string };
  readonly result?: { readonly content?: readonly { readonly text?: string }[] };
  readonly error?: { readonly message: string };
}

export class EventReader {
  readonly status: number;
  lastId: string | undefined;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder = new TextDecoder();
  #buffer = "";

  constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.#abort = abort;
    this.#reader = response.body?.getReader();
  }

  /** The next event with a message; `undefined` when the stream has ended or broken. */
  async next(): Promise<Event | undefined> {
    const data = await this.nextData();
    return data === undefined ? undefined : { id: this.lastId, message: JSON.parse(data) as Message };
  }

  /** The data of the next event that has any; `undefined` when the stream has ended or broken. */
  async nextData(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf("\n\n");
      if (end === -1) {
        const chunk = await this.#reader?.read().catch(() => undefined);
        if (chunk === undefined || chunk.done) return undefined;
        this.#buffer += this.#decoder.decode(chunk.value, { stream: true });
        continue;
      }
      const lines = this.#buffer.slice(0, end).split("\n");
      this.#buffer = this.#buffer.slice(end + 2);
      const id = lines.find((line) => line.startsWith("id: "))?.slice(4);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (id !== undefined) this.lastId = id;
      if (data) return data;
    }
  }

  async rest(): Promise<Message[]> {
    const messages: Message[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next())
      messages.push(event.message);
    return messages;
  }

  cut(): void {
    this.#abort.abort();
  }
}

export class HttpClient {
  readonly #session: string;
  #next = 1;

  private constructor(session: string) {
    this.#session = session;
  }

  static async open(url: string): Promise<HttpClient> {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {} },
      clientInfo: { name: "client", version: "1" },
    };
    const response = await post(url, { id: 0, method: "initialize", params });
    await response.text();
    const client = new HttpClient(response.headers.get("mcp-session-id") ?? "");
    await client.post(url, { method: "notifications/initialized" });
    return client;
  }

  post(url: string, message: object, abort = new AbortController()): Promise<Response> {
    return post(url, message, this.#session, abort);
  }

  async call(url: string, name: string, args: object, progressToken?: number): Promise<EventReader> {
    const abort = new AbortController();
    const params = {
      name,
      arguments: args,
      ...(progressToken !== undefined && { _meta: { progressToken } }),
    };
    return new EventReader(
      await this.post(url, { id: this.#next++, method: "tools/call", params }, abort),
      abort,
    );
  }

  async answer(url: string, id: string | number | undefined, sure: boolean): Promise<number> {
    const response = await this.post(url, { id, result: { action: "accept", content: { sure } } });
    await response.text();
    return response.status;
  }

  async resume(url: string, lastEventId: string | undefined): Promise<EventReader> {
    const abort = new AbortController();
    const headers = {
      accept: "text/event-stream",
      "mcp-session-id": this.#session,
      "mcp-protocol-version": "2025-11-25",
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    };
    return new EventReader(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  async delete(url: string): Promise<number> {
    const headers = { "mcp-session-id": this.#session, "mcp-protocol-version": "2025-11-25" };
    return (await fetch(url, { method: "DELETE", headers })).status;
  }
}

function post(
  url: string,
  message: object,
  session?: string,
  abort = new AbortController(),
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session !== undefined && { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    signal: abort.signal,
  });
}
