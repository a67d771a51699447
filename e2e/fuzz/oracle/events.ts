import { fault } from "../fault.ts";

export interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Reads Server-Sent Events as they come. */
export class EventReader {
  #rest = "";

  *push(chunk: string): Generator<Event> {
    this.#rest += chunk;
    for (let end = this.#rest.indexOf("\n\n"); end !== -1; end = this.#rest.indexOf("\n\n")) {
      const text = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      yield eventOf(text);
    }
  }

  /** The stream ended in good order. */
  end(): void {
    if (this.#rest !== "") fault("A stream ended within an event", this.#rest);
  }
}

function eventOf(text: string): Event {
  const fields: { [name: string]: string } = {};
  for (const line of text.split("\n")) {
    if (line.startsWith(":")) continue;
    const [, name = "", value = ""] = /^(id|event|data|retry): ?(.*)$/s.exec(line) ?? [];
    if (name === "" || /[\r\u2028\u2029\0]/.test(value.replace(/[\u2028\u2029]/g, "")) || name in fields)
      fault("A stream has what is no event of one message", text);
    fields[name] = value;
  }
  return fields;
}
