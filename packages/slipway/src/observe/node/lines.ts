import { writeSync } from "node:fs";

/** What takes lines, many at once. */
interface Stream {
  write(bytes: never): unknown;
  flushSync(): void;
}

/** How often, and how long, a reader that is behind is waited for when the process ends. */
const TRIES = 50;
const PAUSE_MS = 10;

/** Lines are handed on together: when there are so many characters of them, or after so many milliseconds. */
const MAX_LENGTH = 64 * 1024;
const MAX_MS = 50;

/** Collects lines, as to write each by itself costs more than to make it. None is lost when the process ends. */
export class Lines {
  readonly #stream: Stream;
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #atExit = () => {
    // What the stream is given now it would only begin to write.
    const last = this.#take();
    try {
      this.#stream.flushSync();
      writeNow((this.#stream as unknown as { fd: number }).fd, Buffer.from(last));
    } catch {
      // There is nowhere left to tell it.
    }
  };

  constructor(stream: Stream) {
    this.#stream = stream;
    // Before the stream ends itself.
    process.prependListener("exit", this.#atExit);
  }

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= MAX_LENGTH) {
      this.flush();
      return;
    }
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.flush(), MAX_MS);
    this.#timer.unref();
  }

  #take(): string {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    return text;
  }

  flush(): void {
    const text = this.#take();
    if (text !== "") this.#stream.write(Buffer.from(text) as never);
  }

  close(): void {
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
