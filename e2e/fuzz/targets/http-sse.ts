import fc from "fast-check";
import { fault } from "../fault.ts";
import { ANSWERS, initialize, LEGACY_MESSAGES, type Message } from "../generate/messages.ts";
import { mutated } from "../generate/mutate.ts";
import { Channel } from "../oracle/channel.ts";
import { EventReader } from "../oracle/events.ts";
import { nextTurn, Patience } from "../patience.ts";
import type { Target } from "../target.ts";
import { type Bound, bind } from "./bound.ts";

interface OldCase {
  readonly messages: readonly string[];
  readonly answers: readonly string[];
  /** The address that messages are posted to is changed at its end. */
  readonly elsewhere?: string;
}

const self = (message: Message): Message => message;
const REVISION = "2024-11-05";

const text = mutated(LEGACY_MESSAGES, self).map(([, each]) => each);

/** The transport of 2024-11-05: one stream, and an address to post to. */
export const httpSse: Target<OldCase> = {
  name: "http-sse",
  share: 4,
  cases: fc
    .tuple(
      fc.array(text, { minLength: 1, maxLength: 5, size: "max" }),
      fc.array(
        mutated(
          ANSWERS.map((result) => ({ jsonrpc: "2.0" as const, id: "$ask", result })),
          self,
        ).map(([, each]) => each),
        { maxLength: 2 },
      ),
      fc.option(fc.constantFrom("x", "%00", "&sessionId=1", "#"), { freq: 9 }),
    )
    .map(([messages, answers, elsewhere]) => ({
      messages,
      answers,
      ...(elsewhere !== null && { elsewhere }),
    })),
  open: () => {
    const bound = bind({ httpSse: true });
    return { run: (one) => new OldClient(one, bound).run(), close: () => bound.close() };
  },
};

class OldClient {
  readonly #case: OldCase;
  readonly #bound: Bound;
  readonly #channel = new Channel(REVISION);
  readonly #answers: string[];
  #posts = "";
  #questions = 0;
  #failure: unknown;

  constructor(one: OldCase, bound: Bound) {
    this.#case = one;
    this.#bound = bound;
    this.#answers = [...one.answers];
  }

  async run(): Promise<void> {
    const { handler, log } = this.#bound;
    const gone = new AbortController();
    const response = await handler(new Request("http://localhost/sse", { signal: gone.signal }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const reading = this.#read(reader).catch((error: unknown) => {
      if (!gone.signal.aborted) this.#failure ??= error;
    });
    await this.#until(() => this.#posts !== "", "no address came");
    await this.#post(JSON.stringify(initialize(REVISION)));
    await this.#post(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    for (const message of this.#case.messages) {
      await this.#post(this.#channel.live.inJson(message));
      await nextTurn();
    }
    await this.#until(
      () => this.#channel.settled || this.#questions > this.#case.answers.length,
      "no answer",
    );
    gone.abort();
    await reader.cancel().catch(() => {});
    await reading;
    if (this.#failure !== undefined) throw this.#failure;
    log.check();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    for (const patience = new Patience(); !condition(); ) {
      if (this.#failure !== undefined) throw this.#failure;
      if (!(await patience.wait())) fault(`The stream of HTTP+SSE: ${what}`, this.#channel.sent);
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const events = new EventReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const { event, data } of events.push(decoder.decode(value, { stream: true }))) {
        // A comment, by which the stream is kept open.
        if (data === undefined) continue;
        if (event === "endpoint") this.#posts = data;
        else this.#take(data);
      }
    }
  }

  #take(data: string): void {
    const asked = this.#channel.take(data);
    this.#questions += asked;
    for (let nth = 0; nth < asked; nth++) {
      const answer = this.#answers.shift();
      if (answer === undefined) continue;
      this.#post(this.#channel.live.inJson(answer)).catch((error: unknown) => {
        this.#failure ??= error;
      });
    }
  }

  async #post(body: string): Promise<void> {
    const { elsewhere = "" } = this.#case;
    const request = new Request(`http://localhost${this.#posts}${elsewhere}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    // Known before the answer comes, which may be earlier than that the message was accepted.
    const misses = /^[x%]/.test(elsewhere);
    if (!misses) this.#channel.expect(Buffer.from(body));
    const { status } = await this.#bound.handler(request);
    if (misses ? status !== 404 : status !== 202 && status !== 400)
      fault(`A message of HTTP+SSE is answered with ${status}`, this.#posts + elsewhere, body);
  }
}
