/** What a server sent by Server-Sent Events. */
export interface ServerSentEvent {
  /** `"message"` unless the server named it otherwise. */
  readonly event: string;
  readonly data: string;
}

const LINE_END = /\r\n|\n|\r/g;

/**
 * Reads Server-Sent Events out of a byte stream, and keeps what a client needs to come back.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseReader {
  /** The id of the last event that came whole, where one had an id. */
  lastEventId: string | undefined;
  /** How long the server wants the client to wait before it comes back, in milliseconds. */
  retryMs: number | undefined;
  readonly #decoder = new TextDecoder();
  readonly #maxLength: number;
  /** The line that is not whole yet. */
  #begun = "";
  #endsWithReturn = false;
  #event = "";
  #data: string[] = [];
  #length = 0;
  #id: string | undefined;

  /** @param maxLength the longest event, in UTF-16 units */
  constructor(maxLength: number, lastEventId?: string) {
    this.#maxLength = maxLength;
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /**
   * The events that a chunk completes. An event without data is not among them: it only has an id or a retry time.
   * @throws RangeError when an event is longer than it may be
   */
  push(chunk: Uint8Array): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const text = this.#decoder.decode(chunk, { stream: true });
    if (text === "") return events;
    // The first half of this line end was in the chunk before.
    let start = this.#endsWithReturn && text.startsWith("\n") ? 1 : 0;
    this.#endsWithReturn = text.endsWith("\r");
    for (const { 0: end, index } of text.matchAll(LINE_END)) {
      if (index < start) continue;
      const event = this.#line(this.#begun + text.slice(start, index));
      if (event !== undefined) events.push(event);
      this.#begun = "";
      start = index + end.length;
    }
    this.#begun += text.slice(start);
    this.#bound(this.#begun.length);
    return events;
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const from = line[colon + 1] === " " ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : line.slice(from);
    if (field === "data") {
      this.#data.push(value);
      this.#length += value.length;
      this.#bound(0);
    } else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    this.lastEventId = this.#id;
    const event = this.#event === "" ? "message" : this.#event;
    const data = this.#data.join("\n");
    this.#event = "";
    this.#data = [];
    this.#length = 0;
    return data === "" ? undefined : { event, data };
  }

  #bound(more: number): void {
    if (this.#length + more > this.#maxLength) {
      throw new RangeError(`The server sent an event of more than ${this.#maxLength} characters.`);
    }
  }
}
