const MODERN = "2026-07-28";

// biome-ignore lint/suspicious/noExplicitAny: tests look into results of any kind
type Wild = any;

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The last message that came, as an answer or on a stream. */
  readonly message: Wild;
  readonly headers: Headers;
}

/** Somebody with a token, who speaks with whichever instance they are told to. */
export class Caller {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** A request of 2026-07-28. */
  modern(url: string, method: string, params: object = {}): Promise<Reply> {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientInfo": { name: "caller", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {
        elicitation: {},
        extensions: { "io.modelcontextprotocol/tasks": {} },
      },
    };
    const { name, uri, taskId } = params as { name?: string; uri?: string; taskId?: string };
    const named = name ?? uri ?? taskId;
    return this.#post(
      url,
      { id: 1, method, params: { _meta, ...params } },
      {
        "mcp-protocol-version": MODERN,
        "mcp-method": method,
        ...(named !== undefined && { "mcp-name": named }),
      },
    );
  }

  /** A message of 2025-11-25, in a session or to open one. */
  legacy(url: string, session: string | undefined, message: object): Promise<Reply> {
    return this.#post(url, message, session === undefined ? {} : this.#inSession(session));
  }

  async openSession(url: string): Promise<string> {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {} },
      clientInfo: { name: "caller", version: "1" },
    };
    const opened = await this.legacy(url, undefined, { id: 0, method: "initialize", params });
    const session = opened.headers.get("mcp-session-id") ?? "";
    await this.legacy(url, session, { method: "notifications/initialized" });
    return session;
  }

  /** Listens, or goes on with a stream, until something is said or for a moment. */
  async listen(url: string, session: string, lastEventId?: string): Promise<Reply> {
    const headers = {
      ...this.#inSession(session),
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
      accept: "text/event-stream",
      authorization: `Bearer ${this.#token}`,
    };
    return read(await fetch(url, { headers }), 150);
  }

  async end(url: string, session: string): Promise<number> {
    const headers = { ...this.#inSession(session), authorization: `Bearer ${this.#token}` };
    return (await fetch(url, { method: "DELETE", headers })).status;
  }

  /** Calls a tool in a session, and reads its stream up to the first question. */
  async asked(
    url: string,
    session: string,
    name: string,
  ): Promise<{ eventId: string; question: string | number }> {
    const response = await this.#send(
      url,
      { id: 7, method: "tools/call", params: { name, arguments: {} } },
      this.#inSession(session),
    );
    const { text, message } = await read(response, 2_000, (seen) => seen.includes("elicitation/create"));
    const eventId = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? "";
    return { eventId, question: message.id };
  }

  async #post(url: string, message: object, headers: Record<string, string>): Promise<Reply> {
    return read(await this.#send(url, message, headers));
  }

  #send(url: string, message: object, headers: Record<string, string>): Promise<Response> {
    return fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${this.#token}`,
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
  }

  #inSession(session: string): Record<string, string> {
    return { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  }
}

/** Reads a response to its end, until `enough` is seen, or for `ms`. */
async function read(response: Response, ms = 10_000, enough = (_: string) => false): Promise<Reply> {
  const reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader() as
    | ReadableStreamDefaultReader<string>
    | undefined;
  const deadline = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
  let text = "";
  while (reader !== undefined && !enough(text)) {
    const chunk = await Promise.race([reader.read(), deadline]);
    if (chunk === undefined || chunk.done) break;
    text += chunk.value;
  }
  await reader?.cancel();
  return { status: response.status, text, message: lastMessage(text), headers: response.headers };
}

function lastMessage(text: string): Wild {
  if (text.startsWith("{")) return JSON.parse(text);
  const data = [...text.matchAll(/^data: (\{.+)$/gm)].at(-1)?.[1];
  return data === undefined ? undefined : JSON.parse(data);
}
