import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Message, Wire } from "../support/index.ts";
import { type SseEvent, SseReader } from "../support/sse-reader.ts";

/** A client that reads the response to one message no further than it is told to. */
export class SlowReader {
  readonly events: SseEvent[] = [];
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #sse = new SseReader(
    (event) => this.events.push(event),
    () => {},
  );

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Reads until there is an event. */
  async first(): Promise<void> {
    while (this.events.length === 0) await this.#read();
  }

  /** Reads all the rest, and tells whether the connection was cut and not ended. */
  async rest(): Promise<boolean> {
    try {
      while (await this.#read());
      return false;
    } catch {
      return true;
    }
  }

  /** What the messages say: the progress of a call, or its result. */
  get said(): unknown[] {
    return this.events
      .filter(({ data }) => data)
      .map(({ data = "" }) => JSON.parse(data) as Message)
      .map(({ params, result }) => params?.progress ?? result?.content[0].text);
  }

  get lastEventId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? "";
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (!done) this.#sse.push(this.#decoder.decode(value, { stream: true }));
    return !done;
  }
}

/** Posts a message and reads only the beginning of what comes. */
export async function postSlowly(wire: Wire, message: Message): Promise<SlowReader> {
  const headers = wire.headersOf(message);
  const body = JSON.stringify(message);
  const chunks = wire.transport === "node" ? post(wire.http.url, headers, body) : handle(wire, headers, body);
  const reader = new SlowReader(await chunks);
  await reader.first();
  return reader;
}

type Headers = { readonly [name: string]: string };

async function post(url: string, headers: Headers, body: string): Promise<AsyncIterator<Uint8Array>> {
  const client = request(url, { method: "POST", headers, agent: false });
  client.end(body);
  const [response] = (await once(client, "response")) as [IncomingMessage];
  return response[Symbol.asyncIterator]();
}

async function handle({ http }: Wire, headers: Headers, body: string): Promise<AsyncIterator<Uint8Array>> {
  const response = await http.handler(new Request(http.url, { method: "POST", headers, body }));
  return (response.body as ReadableStream<Uint8Array>)[Symbol.asyncIterator]();
}
