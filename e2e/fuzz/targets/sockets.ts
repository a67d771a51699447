import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { type RunningServer, serve } from "slipway/node";
import { fault } from "../fault.ts";
import { changed, fitting, headerChanges } from "../generate/headers.ts";
import { initialize, LEGACY_MESSAGES, type Message, MODERN, MODERN_MESSAGES } from "../generate/messages.ts";
import { mutated } from "../generate/mutate.ts";
import { nastyString } from "../generate/nasty.ts";
import { DOCUMENTED } from "../oracle/http.ts";
import { checkClean } from "../oracle/hygiene.ts";
import { Patience } from "../patience.ts";
import { Log, makeServer } from "../server.ts";
import type { Target } from "../target.ts";

interface SocketCase {
  /** What is sent, one character for a byte. */
  readonly bytes: string;
  /** In pieces of how many bytes, by turns. */
  readonly pieces: readonly number[];
}

const self = (message: Message): Message => message;

/** How the length of a body is said. */
const LENGTHS = [
  "right",
  "right",
  "right",
  "short",
  "long",
  "none",
  "chunked",
  "chunked",
  "twice",
  "nonsense",
] as const;

const request = fc
  .tuple(
    fc.oneof(mutated(MODERN_MESSAGES, self), mutated([...LEGACY_MESSAGES, initialize("2025-11-25")], self)),
    headerChanges,
    fc.constantFrom(...LENGTHS),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant("POST /mcp HTTP/1.1") },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "GET /mcp HTTP/1.1",
          "DELETE /mcp HTTP/1.1",
          "OPTIONS * HTTP/1.1",
          "POST http://evil.example/mcp HTTP/1.1",
          "POST //mcp HTTP/1.1",
          "POST /mcp?x=%00 HTTP/1.1",
          "POST /nowhere HTTP/1.0",
          "TRACE /mcp HTTP/1.1",
          "PRI * HTTP/2.0",
        ),
      },
      { weight: 1, arbitrary: nastyString.map((text) => `POST ${text} HTTP/1.1`) },
    ),
    fc.option(nastyString, { freq: 9 }),
  )
  .map(([[, text], changes, length, line, smuggled]) => {
    const body = Buffer.from(text).toString("latin1");
    const headers = changed(
      [
        ["host", "localhost"],
        ["content-type", "application/json"],
        ["accept", "application/json, text/event-stream"],
        ["mcp-protocol-version", MODERN],
        ...fitting(text),
      ],
      changes,
    );
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    if (smuggled !== null) lines.push(`x-any: ${Buffer.from(smuggled).toString("latin1")}`);
    return `${[line, ...lines, ...lengthOf(body, length)].join("\r\n")}\r\n\r\n${framed(body, length)}`;
  });

function lengthOf(body: string, how: (typeof LENGTHS)[number]): string[] {
  switch (how) {
    case "none":
      return [];
    case "short":
      return [`content-length: ${Math.floor(body.length / 2)}`];
    case "long":
      return [`content-length: ${body.length + 9}`];
    case "chunked":
      return ["transfer-encoding: chunked"];
    case "twice":
      return [`content-length: ${body.length}`, "transfer-encoding: chunked"];
    case "nonsense":
      return [`content-length: -${body.length}`];
    default:
      return [`content-length: ${body.length}`];
  }
}

function framed(body: string, how: (typeof LENGTHS)[number]): string {
  if (how !== "chunked" && how !== "twice") return body;
  return body === "" ? "0\r\n\r\n" : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

/** Bytes on connections to a server of Node: requests that are cut, pipelined and framed wrongly. */
export const sockets: Target<SocketCase> = {
  name: "sockets",
  share: 2,
  cases: fc
    .tuple(
      fc.array(request, { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat({ max: 2_000 }), { freq: 4 }),
      fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 3 }),
    )
    .map(([requests, cut, pieces]) => ({ bytes: requests.join("").slice(0, cut ?? undefined), pieces })),
  open: async () => {
    const log = new Log();
    const running = await serve(makeServer(log.logger), { port: 0 });
    return {
      run: async (one) => {
        await new Line(one, running).run();
        log.check();
      },
      close: async () => {
        await running.close(1_000);
        log.check();
      },
    };
  },
};

/** What Node itself says of what is no HTTP. */
const OF_NODE = new Set([100, 408, 417, 431]);

class Line {
  readonly #case: SocketCase;
  readonly #socket: Socket;
  #came = "";
  #closed = false;

  constructor(one: SocketCase, { port }: RunningServer) {
    this.#case = one;
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (chunk: string) => {
      this.#came += chunk;
    });
    this.#socket.on("close", () => {
      this.#closed = true;
    });
    // The server may cut a client off that goes on writing.
    this.#socket.on("error", () => {});
  }

  async run(): Promise<void> {
    const { bytes, pieces } = this.#case;
    for (let at = 0, nth = 0; at < bytes.length; nth++) {
      const length = pieces[nth % pieces.length] as number;
      this.#socket.write(bytes.slice(at, at + length), "latin1");
      at += length;
    }
    this.#socket.end();
    for (const patience = new Patience(); !this.#closed && !this.#streams; )
      if (!(await patience.wait()))
        fault("A connection is kept whose client has ended it", bytes, this.#came);
    this.#socket.destroy();
    this.#check();
  }

  /** Whether an answer came that ends when its client goes away. */
  get #streams(): boolean {
    return this.#came.includes("content-type: text/event-stream");
  }

  #check(): void {
    const { bytes } = this.#case;
    const text = Buffer.from(this.#came, "latin1").toString("utf8");
    checkClean(text, Buffer.from(bytes, "latin1").toString("utf8"));
    for (const [, status] of this.#came.matchAll(/(?:^|\n|\})HTTP\/1\.1 (\d+) /g)) {
      if (!DOCUMENTED.has(Number(status)) && !OF_NODE.has(Number(status)))
        fault(`The status ${status} is not documented`, bytes, this.#came);
    }
    if (/\nx-smuggled:/i.test(this.#came)) fault("A header was smuggled into an answer", bytes, this.#came);
  }
}
