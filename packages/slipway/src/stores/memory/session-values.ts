import type { Versioned } from "../../ports/index.ts";
import { jsonText } from "./json-text.ts";

interface Value {
  readonly text: string;
  readonly version: number;
}

/** The values that handlers keep in one session, as JSON texts, by their keys. */
export class SessionValues {
  readonly #values = new Map<string, Value>();
  readonly #maxBytes: number;
  #bytes = 0;
  /** Grows with every write to the session, so that a key that is written anew gets no version again. */
  #version = 0;

  /** `maxBytes` bounds the characters of all keys and values. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  read(key: string): Versioned | undefined {
    const found = this.#values.get(key);
    return found && { value: JSON.parse(found.text), version: found.version };
  }

  /** Throws an Error when the value does not fit. */
  write(key: string, value: unknown, version: number): boolean {
    const before = this.#values.get(key);
    if ((before?.version ?? 0) !== version) return false;
    const freed = before === undefined ? 0 : key.length + before.text.length;
    if (value === undefined) {
      this.#values.delete(key);
      this.#bytes -= freed;
      return true;
    }
    const text = jsonText(value, "a session's value");
    const bytes = this.#bytes - freed + key.length + text.length;
    if (bytes > this.#maxBytes) {
      throw new Error(
        `No room for a value of ${text.length} characters: the session's values would take ${bytes} of ` +
          `${this.#maxBytes}. Keep less in the session, or raise maxValueBytes.`,
      );
    }
    this.#version++;
    this.#values.set(key, { text, version: this.#version });
    this.#bytes = bytes;
    return true;
  }
}
