import type { ChildProcess } from "node:child_process";
import { withPatience } from "./patience.ts";

const LINE_BREAK = 0x0a;

/** So many requests are made beforehand; far fewer are on their way at once. */
const REQUESTS_IN_TURN = 1024;

/** Exchanges lines with a child process, as cheaply as can be. */
export class LineClient {
  readonly #child: ChildProcess;
  #rest: Buffer = Buffer.alloc(0);
  #onLines: (lines: Buffer) => void = () => {};
  #fail: (error: Error) => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => this.#take(chunk));
    child.once("exit", (code) => this.#fail(new Error(`The server ended with ${code}.`)));
  }

  /** Hands on what is complete. */
  #take(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = data.lastIndexOf(LINE_BREAK) + 1;
    this.#rest = data.subarray(end);
    if (end > 0) this.#onLines(data.subarray(0, end));
  }

  write(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Sends a request and gives its answer. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of other programs, checked by the caller
  ask(id: number, method: string, params: object): Promise<any> {
    const answer = new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#onLines = (lines) => {
        for (const line of lines.toString().split("\n")) {
          const message = line.startsWith("{") ? JSON.parse(line) : undefined;
          if (message?.id === id) resolve(message);
        }
      };
      this.write({ id, method, params });
    });
    return withPatience(answer);
  }

  /**
   * Keeps `window` requests on their way, and counts the answers of a second.
   * @param line the request with an id
   * @param expected what each answer holds
   */
  callsPerSecond(
    line: (id: number) => string,
    expected: string,
    window: number,
    seconds: number,
  ): Promise<number> {
    const lines = Array.from({ length: REQUESTS_IN_TURN }, (_, index) => Buffer.from(line(index + 1)));
    const answers = new Answers(expected);
    let sent = 0;
    const send = (count: number) => {
      const next = Array.from({ length: count }, () => {
        const index = sent++ % REQUESTS_IN_TURN;
        answers.await(index + 1);
        return lines[index] as Buffer;
      });
      this.#child.stdin?.write(Buffer.concat(next));
    };
    const counted = new Promise<number>((resolve, reject) => {
      const start = performance.now();
      const end = start + seconds * 1000;
      let answered = 0;
      this.#fail = reject;
      this.#onLines = (data) => {
        const count = answers.take(data);
        if (count === undefined) {
          const what = `Expected one answer with ${expected} to each request`;
          return reject(new Error(`${what}, got ${data.toString().slice(0, 500)}`));
        }
        answered += count;
        const now = performance.now();
        if (now < end) send(count);
        else if (answered === sent) resolve(answered / ((now - start) / 1000));
      };
      send(window);
    });
    return withPatience(counted, seconds * 1000);
  }
}

const ID = '"id":';

/** Which requests wait for their answers, by their ids. */
class Answers {
  readonly #expected: string;
  readonly #waiting = new Uint8Array(REQUESTS_IN_TURN + 1);

  constructor(expected: string) {
    this.#expected = expected;
  }

  await(id: number): void {
    this.#waiting[id] = 1;
  }

  /** How many lines there are; undefined when one of them lacks what is expected, or answers what does not wait. */
  take(data: Buffer): number | undefined {
    let count = 0;
    let start = 0;
    while (start < data.length) {
      const end = data.indexOf(LINE_BREAK, start);
      const found = data.indexOf(this.#expected, start, "latin1");
      const at = data.indexOf(ID, start, "latin1");
      if (found === -1 || found > end || at === -1 || at > end) return undefined;
      const id = numberAt(data, at + ID.length);
      if (this.#waiting[id] !== 1) return undefined;
      this.#waiting[id] = 0;
      count++;
      start = end + 1;
    }
    return count;
  }
}

function numberAt(data: Buffer, start: number): number {
  let value = 0;
  for (let at = start; ; at++) {
    const digit = (data[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
}
