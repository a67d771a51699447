import type { Linked } from "./linked-list.ts";

/** The session that a log belongs to. */
export interface LogOwner {
  /** By the id of their stream, the one used last at the end; absent until the first stream. */
  logs: Map<string, EventLog> | undefined;
  /** The one used last. */
  latest: EventLog | undefined;
  /** The sum over all logs. */
  logBytes: number;
  /** No log has begun here or later, so a stream that begins anew repeats no event id. */
  nextSequence: number;
}

/**
 * The events of one stream that are still held, as JSON texts, under consecutive sequence numbers.
 * Adding one and trimming the oldest take constant time (amortised).
 */
export class EventLog implements Linked<EventLog> {
  /** Among the closed logs of all sessions. */
  older: EventLog | undefined = undefined;
  newer: EventLog | undefined = undefined;

  readonly owner: LogOwner;
  readonly streamId: string;
  /** When the stream was closed; `undefined` while it is open. */
  closedAt: number | undefined = undefined;
  /** The length of the texts held, in characters. */
  bytes = 0;
  /** The sequence of the oldest event that is held, or of the next one when none is. */
  first: number;

  #texts: string[] = [];
  /** Where in `#texts` the oldest event is; what stands before it was trimmed. */
  #head = 0;

  /** `start` stands before the first event. */
  constructor(owner: LogOwner, streamId: string, start: number) {
    this.owner = owner;
    this.streamId = streamId;
    this.first = start + 1;
  }

  get length(): number {
    return this.#texts.length - this.#head;
  }

  /** The sequence of the newest event, held or trimmed. */
  get last(): number {
    return this.first + this.length - 1;
  }

  textAt(sequence: number): string | undefined {
    return this.#texts[this.#head + sequence - this.first];
  }

  append(text: string): void {
    this.#texts.push(text);
    this.bytes += text.length;
  }

  /** Trims the oldest event and answers with the bytes that it took. */
  trim(): number {
    const text = this.#texts[this.#head];
    if (text === undefined) return 0;
    this.#texts[this.#head] = "";
    this.#head++;
    this.first++;
    this.bytes -= text.length;
    if (this.#head >= 32 && this.#head * 2 >= this.#texts.length) {
      this.#texts.splice(0, this.#head);
      this.#head = 0;
    }
    return text.length;
  }

  /** Trims every event and answers with the bytes that they took. */
  clear(): number {
    const freed = this.bytes;
    this.first += this.length;
    this.#texts = [];
    this.#head = 0;
    this.bytes = 0;
    return freed;
  }
}
