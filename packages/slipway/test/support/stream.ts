import { Log } from "./log.ts";
import {
  type ErrorObject,
  type Id,
  isNotification,
  isRequest,
  isResponse,
  type Message,
  type Wild,
} from "./messages.ts";
import type { SseEvent } from "./sse-reader.ts";

/** The first line of an HTTP response; without meaning on stdio. */
export interface Head {
  /** 0 on stdio. */
  readonly status: number;
  readonly headers: Headers;
}

/** A question that the server asked, in either era. */
export interface Ask {
  readonly method: string;
  readonly params: Wild;
  /** Modern: its name in `inputRequests`. */
  readonly key?: string;
  /** Legacy: the id of the server's request. */
  readonly id?: Id;
}

/**
 * What comes back for one thing that was sent, while it comes: the response to a POST, a GET stream, or the
 * messages on a pipe that belong to a request.
 */
export class Stream {
  /** The id of the request, where one was sent. */
  readonly id: Id | undefined;
  readonly messages = new Log<Message>();
  readonly events = new Log<SseEvent>();
  readonly comments = new Log<string>();
  /** Status and headers, once they are there. */
  readonly head: Promise<Head>;
  /** Resolves when nothing more comes. */
  readonly ended: Promise<void>;
  /** The body as it was sent, as far as it has come. */
  text = "";
  /** Whether the other end cut the connection, instead of ending the body. */
  cut = false;
  /** Whether the body was not UTF-8. */
  garbled = false;
  #cursor = 0;
  #eventCursor = 0;
  #commentCursor = 0;
  #resolveHead!: (head: Head) => void;
  #rejectHead!: (error: Error) => void;
  #resolveEnded!: () => void;
  readonly #close: () => void;
  readonly #cancel: (reason: string | undefined) => Promise<void>;

  constructor(id: Id | undefined, close: () => void, cancel: (reason: string | undefined) => Promise<void>) {
    this.id = id;
    this.#close = close;
    this.#cancel = cancel;
    this.head = new Promise((resolve, reject) => {
      this.#resolveHead = resolve;
      this.#rejectHead = reject;
    });
    this.head.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** For links. */
  begin(head: Head): void {
    this.#resolveHead(head);
  }

  /** For links. */
  finish(cut = false): void {
    this.cut = cut;
    this.#rejectHead(new Error("The connection ended before a response came."));
    this.messages.end();
    this.events.end();
    this.comments.end();
    this.#resolveEnded();
  }

  /** The next message that was not yet taken. */
  async next(): Promise<Message> {
    const message = await this.messages.at(this.#cursor++);
    if (message === undefined) throw new Error(`The stream ended; it held:\n${this.text}`);
    return message;
  }

  /** The next message of this method; those before it are skipped. */
  async nextOf(method: string): Promise<Message> {
    for (;;) {
      const message = await this.next();
      if (message.method === method) return message;
    }
  }

  /** The next event, also one without data. HTTP only. */
  async nextEvent(): Promise<SseEvent> {
    const event = await this.events.at(this.#eventCursor++);
    if (event === undefined) throw new Error(`The stream ended; it held:\n${this.text}`);
    return event;
  }

  /** The next comment line. HTTP only. */
  async nextComment(): Promise<string> {
    const comment = await this.comments.at(this.#commentCursor++);
    if (comment === undefined) throw new Error(`The stream ended; it held:\n${this.text}`);
    return comment;
  }

  /** Goes away: closes the connection. On stdio, where there is but one, it only stops listening. */
  close(): void {
    this.#close();
  }

  /** Cancels the request, as its era and transport say: by going away, or by `notifications/cancelled`. */
  cancel(reason?: string): Promise<void> {
    return this.#cancel(reason);
  }

  /** Everything, once it has come. */
  async reply(asks: readonly Ask[] = []): Promise<Reply> {
    await this.ended;
    const head = await this.head.catch(() => ({ status: 0, headers: new Headers() }));
    return new Reply(this, head, asks);
  }
}

/** A whole reply. */
export class Reply {
  /** HTTP status; 0 on stdio, and where the connection was cut before a response. */
  readonly status: number;
  /** Empty on stdio. */
  readonly headers: Headers;
  readonly text: string;
  /** Every message, in order. */
  readonly messages: readonly Message[];
  /** Empty unless the reply was an event stream. */
  readonly events: readonly SseEvent[];
  readonly comments: readonly string[];
  readonly cut: boolean;
  readonly garbled: boolean;
  /** The questions that were answered on the way here. */
  readonly asks: readonly Ask[];
  readonly #id: Id | undefined;

  constructor(stream: Stream, { status, headers }: Head, asks: readonly Ask[]) {
    this.#id = stream.id;
    this.status = status;
    this.headers = headers;
    this.text = stream.text;
    this.messages = [...stream.messages.items];
    this.events = [...stream.events.items];
    this.comments = [...stream.comments.items];
    this.cut = stream.cut;
    this.garbled = stream.garbled;
    this.asks = asks;
  }

  get contentType(): string | undefined {
    return this.headers.get("content-type")?.split(";", 1)[0];
  }

  get notifications(): Message[] {
    return this.messages.filter(isNotification);
  }

  /** Requests that the server made. */
  get requests(): Message[] {
    return this.messages.filter(isRequest);
  }

  /** The response, or undefined when there is none. To text and bytes it may have any id, and an error none. */
  get response(): Message | undefined {
    const responses = this.messages.filter(isResponse);
    if (this.#id === undefined) return responses[0];
    return responses.find(({ id }) => id === this.#id) ?? responses.find(({ id }) => id === undefined);
  }

  /** The result; throws when there is none. */
  get result(): Wild {
    const { response } = this;
    if (response === undefined || !("result" in response)) throw new Error(this.#unlike("a result"));
    return response.result;
  }

  /** The error; throws when there is none. */
  get error(): ErrorObject {
    const { response } = this;
    if (response?.error === undefined) throw new Error(this.#unlike("an error"));
    return response.error;
  }

  /** The text of the first block of a tool's result. */
  get toolText(): string {
    return this.result.content[0].text;
  }

  #unlike(expected: string): string {
    return `Expected ${expected}, got status ${this.status} and:\n${this.text}`;
  }
}
