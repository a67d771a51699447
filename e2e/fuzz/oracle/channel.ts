import { fault } from "../fault.ts";
import { type Message, MODERN } from "../generate/messages.ts";
import { LiveValues } from "../live.ts";
import { depthOf } from "./depth.ts";
import { type Asked, asked, type Id } from "./ids.ts";
import { checkMessage, MANY } from "./messages.ts";

const MAX_DEPTH = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What travels on one channel in both directions: each request is answered once, and nothing else is. */
export class Channel {
  readonly live = new LiveValues();
  /** All that the client sent. */
  sent = "";
  readonly #revision: string;
  readonly #methods = new Map<unknown, string>();
  /** How many answers there are still to come, by the id. */
  readonly #due = new Map<unknown, number>();
  /** How many messages there may be answered without an id. */
  #nameless = 0;
  #excused = false;

  constructor(revision: string) {
    this.#revision = revision;
  }

  /** The client sends a message, or what should be one. */
  expect(bytes: Uint8Array): void {
    const text = trimmed(Buffer.from(bytes).toString("utf8"));
    this.sent += `${text}\n`;
    if (text === "") return;
    const { requests, malformed } = readable(bytes);
    // What is cancelled, listens, or is refused with its batch need not be answered by its id.
    if (/notifications\/cancelled|subscriptions\/listen/.test(text) || text.startsWith("["))
      this.#excused = true;
    this.#nameless += Math.max(1, malformed.length);
    for (const { id, method } of requests) {
      this.live.set("$call", id);
      this.#methods.set(id, (this.#methods.get(id) ?? method) === method ? method : MANY);
      this.#owe(id);
    }
    for (const id of malformed) if (id !== undefined) this.#owe(id);
  }

  #owe(id: Id): void {
    this.#due.set(id, (this.#due.get(id) ?? 0) + 1);
  }

  /** The server sends a message, or a batch. Gives how many questions it asks. */
  take(text: string): number {
    if (!text.startsWith("[")) return this.#message(text);
    return (JSON.parse(text) as unknown[]).reduce<number>(
      (sum, each) => sum + this.#message(JSON.stringify(each)),
      0,
    );
  }

  #message(text: string): number {
    const { id, method } = JSON.parse(text) as Message;
    const asks = method !== undefined && id !== undefined;
    if (method === undefined) this.#answered(id, text);
    const said = method === undefined ? this.#methods.get(id) : undefined;
    this.live.learn(
      checkMessage(text, { sent: this.sent, revision: this.#spoken(text, said), method: said }),
    );
    return asks ? 1 : 0;
  }

  /** A client may begin otherwise than it goes on. */
  #spoken(text: string, method: string | undefined): string {
    if (/"resultType"|subscriptionId/.test(text)) return MODERN;
    const negotiated = /"protocolVersion":"([\d-]+)"/.exec(text)?.[1];
    return (method === "initialize" && negotiated) || this.#revision;
  }

  #answered(id: Id | undefined, text: string): void {
    if (id === undefined) {
      if (this.#nameless-- <= 0) fault("An answer is to nothing", text, this.sent);
      return;
    }
    const due = this.#due.get(id) ?? 0;
    if (due === 0) fault("A response has an id that nobody sent, or was sent before", text, this.sent);
    this.#due.set(id, due - 1);
  }

  get settled(): boolean {
    return this.#excused || [...this.#due.values()].every((count) => count === 0);
  }

  checkAnswered(): void {
    const [missing] = [...this.#due].filter(([, count]) => count > 0);
    if (missing !== undefined && !this.#excused)
      fault("A request has no answer", String(missing[0]), this.sent);
  }
}

/** What bytes ask for. What is too deep, or no UTF-8, is not read, and its answer has no id. */
function readable(bytes: Uint8Array): Asked {
  try {
    const text = trimmed(utf8.decode(bytes));
    return depthOf(text) > MAX_DEPTH ? asked("") : asked(text);
  } catch {
    return asked("");
  }
}

/** Without what JSON takes for white space; other programs take more for it. */
function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
