import { writeSync } from "node:fs";

/** What takes lines, many at once, and keeps them until it has drained. */
interface Stream {
  write(bytes: never): unknown;
  flushSync(): void;
  on(event: "drain" | "error", listener: () => void): unknown;
}

/** How often, and how long, a reader that is behind is waited for when the process ends. */
const TRIES = 50;
const PAUSE_MS = 10;

/**
 * Lines are handed on together: when there are so many bytes of them, or after so many milliseconds. What it takes to write has
 * left the processor's caches by then, so that it costs about as much for a few lines as for many.
 */
const MAX_BYTES = 128 * 1024;
const MAX_MS = 50;

/** Memory that is used again: new memory takes longer to get than lines take to be written there. */
const MAX_KEPT = 2;

/** What a character takes at most, for each of its units in JavaScript: as UTF-8, and with what JSON escapes. */
const TEXT_BYTES = 3;
const JSON_BYTES = 6;
const QUOTES = 2;
/** What a number takes at most. */
const NUMBER_BYTES = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const POINT = 0x2e;
const ZERO = 0x30;

/**
 * Collects lines as bytes, as to write each by itself costs more than to make it, and so do strings that are put together until
 * they are written. None is lost when the process ends.
 */
export class Lines {
  readonly #stream: Stream;
  #bytes: Buffer = Buffer.allocUnsafeSlow(MAX_BYTES);
  #length = 0;
  /** With the stream, which may still read from them. */
  #handed: Buffer[] = [];
  #free: Buffer[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #atExit = () => {
    // What the stream is given now it would only begin to write.
    const last = this.#take();
    try {
      this.#stream.flushSync();
      writeNow((this.#stream as unknown as { fd: number }).fd, last);
    } catch {
      // There is nowhere left to tell it.
    }
  };

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.on("drain", () => {
      this.#free.push(...this.#handed.splice(0));
    });
    // What it could not write it tries to write again.
    stream.on("error", () => {
      this.#handed = [];
    });
    // Before the stream ends itself.
    process.prependListener("exit", this.#atExit);
  }

  /** A whole line, with its end. */
  write(line: string): void {
    this.begin(Lines.sizeOfText(line));
    this.text(line);
    this.end();
  }

  /** What a text takes at most, in bytes. */
  static sizeOfText(text: string): number {
    const most = text.length * TEXT_BYTES;
    return most <= MAX_BYTES ? most : Buffer.byteLength(text);
  }

  /** What a text takes at most as JSON, in bytes. */
  static sizeOfJson(text: string): number {
    return text.length * JSON_BYTES + QUOTES;
  }

  /** What a number takes at most, in bytes. */
  static readonly sizeOfNumber = NUMBER_BYTES;

  /** Begins a line that takes at most so many bytes. What is put next belongs to it, until it ends. */
  begin(maxBytes: number): void {
    if (this.#length + maxBytes <= this.#bytes.length) return;
    this.flush();
    if (maxBytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(maxBytes);
  }

  put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** A text as JSON has it. */
  json(text: string): void {
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.text(JSON.stringify(text));
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** A number that is not negative, with three decimals. */
  decimal(value: number): void {
    const thousandths = Math.round(value * 1000);
    const rest = thousandths % 1000;
    const whole = (thousandths - rest) / 1000;
    if (whole < 10) this.#bytes[this.#length++] = ZERO + whole;
    else this.text(String(whole));
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = POINT;
    bytes[at + 1] = ZERO + Math.trunc(rest / 100);
    bytes[at + 2] = ZERO + (Math.trunc(rest / 10) % 10);
    bytes[at + 3] = ZERO + (rest % 10);
    this.#length = at + 4;
  }

  /** The line has ended. */
  end(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, MAX_MS);
    this.#timer.unref();
  }

  #take(): Buffer {
    const bytes = this.#bytes;
    const taken = bytes.subarray(0, this.#length);
    this.#length = 0;
    // A few bytes do not keep the memory of many, wherever they have to wait.
    if (bytes.length === MAX_BYTES && taken.length * 2 < MAX_BYTES) {
      const few = Buffer.allocUnsafeSlow(taken.length);
      taken.copy(few);
      return few;
    }
    this.#bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(MAX_BYTES);
    const kept = this.#handed.length + this.#free.length;
    if (bytes.length === MAX_BYTES && kept < MAX_KEPT) this.#handed.push(bytes);
    return taken;
  }

  flush(): void {
    const bytes = this.#take();
    if (bytes.length > 0) this.#stream.write(bytes as never);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.flush();
    process.off("exit", this.#atExit);
  }
}

function writeNow(fd: number, bytes: Uint8Array): void {
  let written = 0;
  for (let tries = 0; written < bytes.length && tries < TRIES; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
