import type { HttpResponse } from "./connection.ts";

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** Reads one HTTP/1.1 response, with a length or in chunks. */
export class ResponseReader {
  readonly #onText: ((text: string) => void) | undefined;
  #unread: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #status = 0;
  #headers: Map<string, string> | undefined;
  #parts: Buffer[] = [];
  /** What is left of the body, or of the chunk; -1 where the next chunk's size is to be read. */
  #left = -1;
  #chunked = false;

  constructor(onText: ((text: string) => void) | undefined) {
    this.#onText = onText;
  }

  /** Takes what came; gives the response once it is complete. */
  read(data: Buffer): HttpResponse | undefined {
    this.#bytes += data.length;
    this.#unread = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    if (this.#headers === undefined && !this.#readHead()) return undefined;
    const done = this.#chunked ? this.#readChunks() : this.#readPlain();
    return done ? this.#response() : undefined;
  }

  #response(): HttpResponse {
    const [only] = this.#parts;
    const body = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    return {
      status: this.#status,
      headers: this.#headers ?? new Map(),
      body: body.toString("utf8"),
      bytes: this.#bytes,
    };
  }

  #readHead(): boolean {
    const end = this.#unread.indexOf(END_OF_HEAD);
    if (end === -1) return false;
    const [first = "", ...lines] = this.#unread.toString("latin1", 0, end).split("\r\n");
    this.#unread = this.#unread.subarray(end + END_OF_HEAD.length);
    this.#status = Number(first.split(" ", 2)[1]);
    this.#headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    this.#chunked = this.#headers.get("transfer-encoding") === "chunked";
    if (!this.#chunked) this.#left = Number(this.#headers.get("content-length") ?? 0);
    return true;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#onText?.(part.toString("utf8"));
  }

  #readPlain(): boolean {
    this.#keep(this.#unread.subarray(0, this.#left));
    this.#left -= this.#unread.length;
    this.#unread = Buffer.alloc(0);
    return this.#left <= 0;
  }

  #readChunks(): boolean {
    for (;;) {
      if (this.#left === -1) {
        const end = this.#unread.indexOf("\r\n");
        if (end === -1) return false;
        this.#left = Number.parseInt(this.#unread.toString("latin1", 0, end), 16);
        this.#unread = this.#unread.subarray(end + 2);
      }
      // The chunk and the line break behind it.
      if (this.#unread.length < this.#left + 2) return false;
      this.#keep(this.#unread.subarray(0, this.#left));
      this.#unread = this.#unread.subarray(this.#left + 2);
      if (this.#left === 0) return true;
      this.#left = -1;
    }
  }
}
