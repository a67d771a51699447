import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What a server that is attacked answered. */
export interface Answer {
  /** Of HTTP; absent on a pipe. */
  readonly status?: number;
  /** The head of an HTTP response, as it came. */
  readonly head: string;
  readonly body: string;
  /** The messages in it: one of JSON, or each event's. */
  readonly messages: readonly Message[];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a server may say
export type Message = { readonly [member: string]: any };

export type Bytes = string | Buffer;

const TIMEOUT_MS = 30_000;

/** A connection on which the bytes are exactly those that are given. */
export class Raw {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #more: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#more?.();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#ended = true;
      this.#more?.();
    });
  }

  send(bytes: Bytes): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  get text(): string {
    return this.#received.toString("utf8");
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Waits until `done` gives something other than `undefined`; it is asked again whenever more has come. */
  async until<T>(done: () => T | undefined, what: string, ms = TIMEOUT_MS): Promise<T> {
    const timeout = setTimeout(() => {
      late = true;
      this.#more?.();
    }, ms);
    let late = false;
    try {
      for (;;) {
        const found = done();
        if (found !== undefined) return found;
        if (this.#ended || late) {
          const why = late ? "it did not come in time" : "the connection ended";
          throw new Error(`Expected ${what}, and ${why}: ${this.text.slice(0, 500)}`);
        }
        await new Promise<void>((resolve) => {
          this.#more = resolve;
        });
      }
    } finally {
      clearTimeout(timeout);
    }
  }

  async connected(): Promise<void> {
    if (this.socket.connecting) await once(this.socket, "connect");
  }

  says(what: RegExp): Promise<string> {
    return this.until(() => (what.test(this.text) ? this.text : undefined), String(what));
  }

  /** The next whole response. */
  answer(): Promise<Answer> {
    return this.until(() => this.#take(), "an answer");
  }

  /** Waits until the server has closed the connection. */
  async closed(ms = TIMEOUT_MS): Promise<void> {
    await this.until(() => (this.#ended ? true : undefined), "the server to close the connection", ms);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(): Answer | undefined {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    const head = this.#received.subarray(0, end).toString("latin1");
    const rest = this.#received.subarray(end + 4);
    const status = Number(head.slice(9, 12));
    if (status === 100) {
      this.#received = rest;
      return this.#take();
    }
    const taken = bodyOf(head, status, rest, this.#ended);
    if (taken === undefined) return undefined;
    this.#received = rest.subarray(taken.length);
    return { status, head, body: taken.body, messages: messagesOf(head, taken.body) };
  }
}

function bodyOf(
  head: string,
  status: number,
  rest: Buffer,
  ended: boolean,
): { body: string; length: number } | undefined {
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
  if (length !== undefined) {
    if (rest.length < Number(length)) return undefined;
    return { body: rest.subarray(0, Number(length)).toString("utf8"), length: Number(length) };
  }
  if (/^transfer-encoding: chunked$/im.test(head)) return chunkedBody(rest);
  if (status === 204 || status === 202) return { body: "", length: 0 };
  return ended ? { body: rest.toString("utf8"), length: rest.length } : undefined;
}

function chunkedBody(rest: Buffer): { body: string; length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = rest.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = Number.parseInt(rest.subarray(at, line).toString("latin1"), 16);
    const end = line + 2 + size;
    if (rest.length < end + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(parts).toString("utf8"), length: end + 2 };
    parts.push(rest.subarray(line + 2, end));
    at = end + 2;
  }
}

function messagesOf(head: string, body: string): Message[] {
  if (/^content-type: text\/event-stream$/im.test(head)) return eventsOf(body).map(({ message }) => message);
  if (!/^content-type: application\/json$/im.test(head)) return [];
  return [JSON.parse(body) as Message].flat();
}

/** The events of a stream that carry a message, read as clients do: each kind of line break ends a line. */
export function eventsOf(text: string): { readonly id: string | undefined; readonly message: Message }[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((event) => event.split(/\r\n|\n|\r/))
    .map((lines) => ({
      id: lines.find((line) => line.startsWith("id: "))?.slice(4),
      data: lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)),
    }))
    .filter(({ data }) => data.length > 0 && data[0] !== "")
    .map(({ id, data }) => ({ id, message: JSON.parse(data.join("\n")) as Message }));
}

/** Sends the bytes on a connection of their own, and gives the answer. */
export async function exchange(port: number, bytes: Bytes): Promise<Answer> {
  const raw = new Raw(port).send(bytes);
  try {
    return await raw.answer();
  } finally {
    raw.close();
  }
}

/** Sends one after the other on one connection, each when the one before is answered. */
export async function exchangeAll(port: number, all: readonly Bytes[]): Promise<Answer[]> {
  const raw = new Raw(port);
  const answers: Answer[] = [];
  try {
    for (const bytes of all) answers.push(await raw.send(bytes).answer());
    return answers;
  } finally {
    raw.close();
  }
}
