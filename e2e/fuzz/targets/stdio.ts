import { PassThrough } from "node:stream";
import fc from "fast-check";
import { serveStdio } from "slipway/stdio";
import { fault } from "../fault.ts";
import {
  ANSWERS,
  initialize,
  LEGACY,
  LEGACY_MESSAGES,
  type Message,
  MODERN,
  MODERN_MESSAGES,
} from "../generate/messages.ts";
import { flipped, flips, mutated } from "../generate/mutate.ts";
import { LiveValues } from "../live.ts";
import { depthOf } from "../oracle/depth.ts";
import { type Asked, asked } from "../oracle/ids.ts";
import { checkMessage, MANY } from "../oracle/messages.ts";
import { nextTurn, Patience } from "../patience.ts";
import { Log, makeServer } from "../server.ts";
import type { Target } from "../target.ts";

interface PipeCase {
  /** What the client opens with; `2026-07-28` has no handshake. */
  readonly revision: string;
  readonly lines: readonly Line[];
  readonly answers: readonly string[];
  /** In pieces of how many bytes the stream comes, by turns. */
  readonly pieces: readonly number[];
}

interface Line {
  readonly text: string;
  readonly flips?: readonly (readonly [number, number])[];
  readonly end: string;
}

const self = (message: Message): Message => message;

const line = (originals: readonly Message[]): fc.Arbitrary<Line> =>
  fc
    .tuple(
      mutated(originals, self),
      fc.oneof({ weight: 19, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: flips }),
      fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", " \n"),
    )
    .map(([[, text], flips, end]) => ({ text, ...(flips && { flips }), end }));

const answer = mutated(
  ANSWERS.map((result) => ({ jsonrpc: "2.0" as const, id: "$ask", result })),
  self,
).map(([, text]) => text);

const casesOf = (revision: string): fc.Arbitrary<PipeCase> =>
  fc.record({
    revision: fc.constant(revision),
    lines: fc.array(line(revision === MODERN ? MODERN_MESSAGES : LEGACY_MESSAGES), {
      minLength: 1,
      maxLength: 5,
      size: "max",
    }),
    answers: fc.array(answer, { maxLength: 2, size: "max" }),
    pieces: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 }),
  });

/** Streams of lines over a pipe, cut at any place. */
export const stdio: Target<PipeCase> = {
  name: "stdio",
  share: 8,
  cases: fc.oneof(...[MODERN, ...LEGACY].map(casesOf)),
  open: () => {
    const log = new Log();
    const server = makeServer(log.logger);
    return {
      run: async (one) => {
        await new Pipe(one, server).run();
        log.check();
      },
    };
  },
};

class Pipe {
  readonly #case: PipeCase;
  readonly #input = new PassThrough();
  readonly #server: ReturnType<typeof serveStdio>;
  readonly #live = new LiveValues();
  readonly #answers: string[];
  readonly #methods = new Map<unknown, string>();
  /** How many answers a request may still have, by its id. */
  readonly #due = new Map<unknown, number>();
  /** How many messages without id may be answered. */
  #nameless = 0;
  #sent = "";
  #excused = false;
  #rest = "";
  #failure: unknown;

  constructor(one: PipeCase, server: ReturnType<typeof makeServer>) {
    this.#case = one;
    this.#answers = [...one.answers];
    const output = new PassThrough();
    output.setEncoding("utf8");
    output.on("data", (chunk: string) => this.#take(chunk));
    this.#server = serveStdio(server, { input: this.#input, output, graceMs: 5_000 });
  }

  async run(): Promise<void> {
    const { revision, lines } = this.#case;
    if (revision !== MODERN) {
      this.#write(JSON.stringify(initialize(revision)), "\n");
      this.#write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }), "\n");
      await nextTurn();
    }
    for (const { text, flips, end } of lines) {
      this.#write(this.#live.inJson(text), end, flips);
      for (let turn = 0; turn < 4; turn++) await nextTurn();
      this.#check();
    }
    this.#input.end();
    const closed = this.#server.closed.then(() => true);
    const patience = new Patience();
    for (;;) {
      if (await Promise.race([closed, patience.wait().then(() => false)])) break;
      if (!(await patience.wait())) fault("The server does not end after its client has", this.#sent);
    }
    await nextTurn();
    this.#check();
    if (this.#rest !== "") fault("The last line is not whole", this.#rest);
    const [missing] = [...this.#due].filter(([, count]) => count > 0);
    if (missing !== undefined && !this.#excused)
      fault("A request has no answer", String(missing[0]), this.#sent);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #write(text: string, end: string, flips?: Line["flips"]): void {
    const bytes = Buffer.from(
      flips === undefined ? text : flipped(text, flips),
      flips === undefined ? "utf8" : "latin1",
    );
    const whole = Buffer.concat([bytes, Buffer.from(end)]);
    for (const each of whole.toString("latin1").split("\n")) this.#expect(readable(each), each.trim());
    this.#sent += whole.toString("utf8");
    const { pieces } = this.#case;
    for (let at = 0, nth = 0; at < whole.length; nth++) {
      const length = pieces[nth % pieces.length] as number;
      this.#input.write(whole.subarray(at, at + length));
      at += length;
    }
  }

  #expect({ requests, malformed }: Asked, text: string): void {
    if (/notifications\/cancelled|subscriptions\/listen/.test(text)) this.#excused = true;
    // A line that is no JSON, or a batch where there is none, has one answer without id.
    if (text !== "") this.#nameless += Math.max(1, malformed.length);
    for (const { id, method } of requests) {
      this.#live.set("$call", id);
      this.#methods.set(id, (this.#methods.get(id) ?? method) === method ? method : MANY);
      this.#due.set(id, (this.#due.get(id) ?? 0) + 1);
    }
    for (const id of malformed) if (id !== undefined) this.#due.set(id, (this.#due.get(id) ?? 0) + 1);
    // What is in a batch may be refused with it.
    if (text.startsWith("[")) this.#excused = true;
  }

  #take(chunk: string): void {
    this.#rest += chunk;
    for (let end = this.#rest.indexOf("\n"); end !== -1; end = this.#rest.indexOf("\n")) {
      const text = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      try {
        if (text.startsWith("["))
          for (const each of JSON.parse(text) as unknown[]) this.#message(JSON.stringify(each));
        else this.#message(text);
      } catch (error) {
        this.#failure ??= error;
      }
    }
  }

  #message(text: string): void {
    const { id, method } = JSON.parse(text) as Message;
    const { revision } = this.#case;
    if (method === undefined) this.#answered(id, text);
    const said = method === undefined ? this.#methods.get(id) : undefined;
    // A client may begin otherwise than it goes on.
    const spoken = /"resultType"|subscriptionId/.test(text)
      ? MODERN
      : said === "initialize"
        ? versionIn(text)
        : revision;
    const message = checkMessage(text, { sent: this.#sent, revision: spoken ?? revision, method: said });
    this.#live.learn(message);
    if (method === undefined || id === undefined) return;
    const answer = this.#answers.shift();
    if (answer !== undefined) this.#write(this.#live.inJson(answer), "\n");
  }

  #answered(id: unknown, text: string): void {
    if (id === undefined) {
      if (this.#nameless-- <= 0) fault("An answer is to nothing", text, this.#sent);
      return;
    }
    const due = this.#due.get(id) ?? 0;
    if (due === 0) fault("A response has an id that nobody sent, or was sent before", text, this.#sent);
    this.#due.set(id, due - 1);
  }
}

/** What a line of bytes asks for. What is too deep, or no UTF-8, is not read, and its answer has no id. */
function readable(line: string): Asked {
  try {
    const text = utf8.decode(Buffer.from(line, "latin1")).trim();
    return depthOf(text) > MAX_DEPTH ? asked("") : asked(text);
  } catch {
    return asked("");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

const MAX_DEPTH = 64;

function versionIn(text: string): string | undefined {
  return /"protocolVersion":"([\d-]+)"/.exec(text)?.[1];
}
