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
import { Channel } from "../oracle/channel.ts";
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
  readonly #channel: Channel;
  readonly #answers: string[];
  #rest = "";
  #failure: unknown;

  constructor(one: PipeCase, server: ReturnType<typeof makeServer>) {
    this.#case = one;
    this.#channel = new Channel(one.revision);
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
      this.#write(this.#channel.live.inJson(text), end, flips);
      for (let turn = 0; turn < 4; turn++) await nextTurn();
      this.#check();
    }
    this.#input.end();
    await this.#closed();
    this.#check();
    if (this.#rest !== "") fault("The last line is not whole", this.#rest);
    this.#channel.checkAnswered();
  }

  async #closed(): Promise<void> {
    let closed = false;
    void this.#server.closed.then(() => {
      closed = true;
    });
    for (const patience = new Patience(); !closed; )
      if (!(await patience.wait())) fault("The server does not end after its client has", this.#channel.sent);
    await nextTurn();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #write(text: string, end: string, flips?: Line["flips"]): void {
    const bytes = flips === undefined ? Buffer.from(text) : Buffer.from(flipped(text, flips), "latin1");
    const whole = Buffer.concat([bytes, Buffer.from(end)]);
    for (const each of whole.toString("latin1").split("\n"))
      this.#channel.expect(Buffer.from(each, "latin1"));
    const { pieces } = this.#case;
    for (let at = 0, nth = 0; at < whole.length; nth++) {
      const length = pieces[nth % pieces.length] as number;
      this.#input.write(whole.subarray(at, at + length));
      at += length;
    }
  }

  #take(chunk: string): void {
    this.#rest += chunk;
    for (let end = this.#rest.indexOf("\n"); end !== -1; end = this.#rest.indexOf("\n")) {
      const text = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      try {
        for (let asked = this.#channel.take(text); asked > 0; asked--) this.#answer();
      } catch (error) {
        this.#failure ??= error;
      }
    }
  }

  #answer(): void {
    const answer = this.#answers.shift();
    if (answer !== undefined) this.#write(this.#channel.live.inJson(answer), "\n");
  }
}
