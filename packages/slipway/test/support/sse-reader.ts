/** One dispatched or empty event; `data` is undefined where the event had no data line. */
export interface SseEvent {
  id?: string;
  event?: string;
  retry?: number;
  data?: string;
  /** The event's lines as they were sent. */
  lines: string[];
}

/**
 * Reads an event stream by the rules of the HTML standard, but reports events without data too.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseReader {
  #rest = "";
  #lines: string[] = [];
  readonly #onEvent: (event: SseEvent) => void;
  readonly #onComment: (text: string) => void;

  constructor(onEvent: (event: SseEvent) => void, onComment: (text: string) => void) {
    this.#onEvent = onEvent;
    this.#onComment = onComment;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line.startsWith(":")) this.#onComment(line.slice(1).trimStart());
    else if (line !== "") this.#lines.push(line);
    else if (this.#lines.length > 0) this.#onEvent(eventOf(this.#lines.splice(0)));
  }
}

function eventOf(lines: string[]): SseEvent {
  const event: SseEvent = { lines };
  for (const line of lines) {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (field === "id" || field === "event") event[field] = value;
    else if (field === "retry") event.retry = Number(value);
  }
  return event;
}
