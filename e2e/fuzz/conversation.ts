import type { McpHandler, Principal } from "slipway";
import { fault } from "./fault.ts";
import { changed, fitting, type HeaderChange, type HeaderList, isSendable } from "./generate/headers.ts";
import { type Message, MODERN } from "./generate/messages.ts";
import { flipped } from "./generate/mutate.ts";
import { LiveValues } from "./live.ts";
import { EventReader } from "./oracle/events.ts";
import { Expectation } from "./oracle/http.ts";
import { MANY } from "./oracle/messages.ts";
import { nextTurn, PATIENCE_MS, Patience } from "./patience.ts";

/** One request of a client. */
export interface Step {
  readonly method: "POST" | "GET" | "DELETE" | "OPTIONS" | "PUT";
  readonly path?: string;
  readonly text?: string;
  readonly flips?: readonly (readonly [at: number, bit: number])[];
  /** What its headers say that it speaks. */
  readonly revision?: string | undefined;
  readonly headers: readonly HeaderChange[];
  /** Whether the headers of 2026-07-28 are made from the body. */
  readonly mirrors: boolean;
  readonly who?: string | undefined;
}

/** How many turns of the event loop a request has until the client goes on with the next. */
const TURNS = 12;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A client that says what a case says, and sees to it that all answers are as they must be. */
export class Conversation {
  readonly live = new LiveValues();
  readonly #handler: McpHandler;
  readonly #sessions = new Map<string, { revision: string; who: string | undefined }>();
  readonly #open = new Set<Running>();
  readonly #methods = new Map<unknown, string>();
  readonly #answers: string[];
  readonly #questions: { id: unknown; session: string | undefined; who: string | undefined }[] = [];
  #failure: unknown;

  /** @param answers what the client says to questions, one after the other */
  constructor(handler: McpHandler, answers: readonly string[] = []) {
    this.#handler = handler;
    this.#answers = [...answers];
  }

  /** Sends a request, and gives it some time. */
  async step(step: Step): Promise<void> {
    this.#send(step);
    for (let turn = 0; turn < TURNS && this.#unsettled(); turn++) await nextTurn();
    this.#answer();
    this.#check();
  }

  /** Whether something is under way that ends by itself. */
  #busy(): boolean {
    for (const running of this.#open) if (!running.waits) return true;
    return false;
  }

  /** Whether something may still come without the client. */
  #unsettled(): boolean {
    for (const running of this.#open) if (!running.rests) return true;
    return false;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(step: Step): void {
    const text = this.live.inJson(step.text ?? "");
    const headers = this.#headersOf(step, text);
    const body = step.flips === undefined ? text : Buffer.from(flipped(text, step.flips), "latin1");
    // What is cancelled, deleted or resumed elsewhere may end without an answer.
    const ends = step.method === "DELETE" || (step.method === "GET" && headers.has("last-event-id"));
    if (ends || /"notifications\/cancelled"/.test(text)) this.#excuseAll();
    const named = headers.get("mcp-session-id");
    const session = named === undefined ? undefined : this.#sessions.get(named);
    const expected = new Expectation(step.method, decoded(body), headers, session?.revision, this.#methods);
    const running = new Running(expected);
    const hasBody = step.method === "POST" || step.method === "PUT";
    const request = new Request(`http://localhost${step.path ?? "/mcp"}`, {
      method: step.method,
      headers: [...headers] as [string, string][],
      signal: running.gone.signal,
      ...(hasBody && { body }),
    });
    for (const { id, method } of expected.asked.requests) {
      this.live.set("$call", id);
      this.#methods.set(id, (this.#methods.get(id) ?? method) === method ? method : MANY);
    }
    this.#open.add(running);
    const auth: Principal | undefined = step.who === undefined ? undefined : { subject: step.who };
    this.#follow(running, this.#handler(request, auth && { auth }), step, named)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#open.delete(running));
  }

  #headersOf(step: Step, text: string): ReadonlyMap<string, string> {
    const list: [string, string][] = [];
    if (step.method !== "GET") list.push(["content-type", "application/json"]);
    list.push([
      "accept",
      step.method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
    ]);
    if (step.revision !== undefined) list.push(["mcp-protocol-version", step.revision]);
    const session = this.live.get("$session");
    if (session !== undefined && step.revision !== MODERN) list.push(["mcp-session-id", session]);
    if (step.mirrors && step.revision === MODERN)
      list.push(...(fitting(text) as HeaderList as [string, string][]));
    const headers = new Map<string, string>();
    for (const [name, value] of changed(list, step.headers)) {
      const filled = this.live.inHeader(value).trim();
      if (!isSendable(filled)) continue;
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${filled}` : filled);
    }
    return headers;
  }

  async #follow(running: Running, answer: Promise<Response>, step: Step, named: string | undefined) {
    const { expected } = running;
    const response = await answer;
    if (running.gone.signal.aborted) return;
    const type = response.headers.get("content-type");
    expected.checkHead(response.status, type);
    const session = response.headers.get("mcp-session-id") ?? undefined;
    if (type === "text/event-stream") {
      await this.#read(running, response, step, session ?? named);
    } else {
      const messages = expected.checkBody(response.status, await response.text());
      for (const message of messages) this.live.learn(message);
      this.#opened(session, messages[0], step.who);
    }
  }

  #opened(session: string | undefined, message: Message | undefined, who: string | undefined): void {
    if (session === undefined) return;
    const { protocolVersion } = (message?.result ?? {}) as { protocolVersion?: string };
    if (protocolVersion === undefined)
      fault("A session was opened without an answer", JSON.stringify(message));
    this.#sessions.set(session, { revision: protocolVersion, who });
    this.live.set("$session", session);
  }

  async #read(running: Running, response: Response, step: Step, session: string | undefined): Promise<void> {
    const { expected } = running;
    const events = new EventReader();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    running.reader = reader;
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (;;) {
      running.reading = true;
      const { done, value } = await reader.read().catch((error: unknown) => {
        if (running.gone.signal.aborted || expected.excused) return { done: true as const, value: undefined };
        return fault("A stream broke", String(error), expected.sent);
      });
      running.reading = false;
      if (done || running.gone.signal.aborted) break;
      for (const { id, data } of events.push(decoder.decode(value, { stream: true }))) {
        this.live.set("$event", id);
        if (data === undefined || data === "") continue;
        for (const text of textsOf(data)) {
          const message = expected.take(text);
          this.live.learn(message);
          if (message.method !== undefined && message.id !== undefined)
            this.#questions.push({ id: message.id, session, who: step.who });
        }
      }
    }
    if (running.gone.signal.aborted) return;
    events.end();
    if (!expected.settled && !expected.excused) fault("A stream ended without an answer", expected.sent);
  }

  /** Answers what was asked, as long as there are answers. */
  #answer(): void {
    for (const { id, session, who } of this.#questions.splice(0)) {
      const answer = this.#answers.shift();
      if (answer === undefined || session === undefined) continue;
      this.live.set("$ask", id);
      this.live.set("$session", session);
      this.#send({ method: "POST", text: answer, headers: [], mirrors: false, who });
    }
  }

  #excuseAll(): void {
    for (const { expected } of this.#open) expected.excused = true;
  }

  /** Whatever is still open gets its answer in time, or waits for the client, who goes away now. */
  async end(): Promise<void> {
    const patience = new Patience();
    while (this.#busy()) {
      this.#check();
      if (!(await patience.wait())) this.#late();
    }
    this.#check();
    this.#excuseAll();
    for (const [session, { revision, who }] of this.#sessions) {
      const auth = who === undefined ? undefined : { auth: { subject: who } };
      const headers = { "mcp-session-id": session, "mcp-protocol-version": revision };
      await this.#handler(new Request("http://localhost/mcp", { method: "DELETE", headers }), auth);
    }
    this.leave();
    this.#check();
  }

  /** Goes away in the midst of everything. */
  leave(): void {
    for (const running of this.#open) running.leave();
  }

  #late(): never {
    const [first] = [...this.#open].filter(({ waits }) => !waits);
    fault(`A request has no answer after ${PATIENCE_MS} ms`, first?.expected.sent ?? "");
  }
}

/** A request whose answer is not whole yet. */
class Running {
  readonly expected: Expectation;
  readonly gone = new AbortController();
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Whether all that came was looked at. */
  reading = false;

  constructor(expected: Expectation) {
    this.expected = expected;
  }

  /** Whether all that came was looked at, and nothing more comes before the client does something. */
  get rests(): boolean {
    return this.reading && (this.expected.listens || this.expected.questions > 0);
  }

  /** Whether nobody need wait for more: of a task that never ends there is no result. */
  get waits(): boolean {
    const { excused, asked } = this.expected;
    return excused || asked.requests.some(({ method }) => method === "tasks/result") || this.rests;
  }

  leave(): void {
    this.gone.abort();
    this.reader?.cancel().catch(() => {});
  }
}

/** What a server makes of bytes: nothing, where they are no UTF-8. A mark at their beginning is left out. */
function decoded(body: string | Buffer): string {
  try {
    return utf8.decode(typeof body === "string" ? Buffer.from(body, "utf8") : body);
  } catch {
    return "";
  }
}

/** The answers of a batch come as one event. */
function textsOf(data: string): string[] {
  if (!data.startsWith("[")) return [data];
  return (JSON.parse(data) as unknown[]).map((each) => JSON.stringify(each));
}
