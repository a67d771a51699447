import { LIVE, type Live, type Message } from "./generate/messages.ts";

type Wild = { readonly [name: string]: unknown } | undefined;

/** What a conversation has told so far that a later message may need. */
export class LiveValues {
  readonly #values = new Map<Live, string>();

  set(name: Live, value: unknown): void {
    if (typeof value === "string" || typeof value === "number") this.#values.set(name, String(value));
  }

  get(name: Live): string | undefined {
    return this.#values.get(name);
  }

  /** Takes what a message of the server tells. */
  learn(message: Message): void {
    const result = (message.result ??
      (message.method?.includes("tasks") ? message.params : undefined)) as Wild;
    if (message.method !== undefined) this.set("$ask", message.id);
    if (result === undefined) return;
    this.set("$state", result["requestState"]);
    this.set("$cursor", result["nextCursor"]);
    this.set("$task", result["taskId"] ?? (result["task"] as Wild)?.["taskId"]);
    const questions = result["inputRequests"];
    if (typeof questions === "object" && questions !== null) this.set("$ask", Object.keys(questions)[0]);
    const [block] = (Array.isArray(result["content"]) ? result["content"] : []) as Wild[];
    const text = block?.["text"];
    if (typeof text === "string" && text.startsWith("basket_")) this.set("$handle", text);
  }

  /** A JSON text with what is known put in. */
  inJson(text: string): string {
    return this.#fill(text, (value) => JSON.stringify(value).slice(1, -1));
  }

  inHeader(text: string): string {
    return this.#fill(text, (value) => value);
  }

  #fill(text: string, write: (value: string) => string): string {
    if (!text.includes("$")) return text;
    let filled = text;
    for (const name of LIVE) {
      const value = this.#values.get(name);
      if (value !== undefined && filled.includes(name)) filled = filled.replaceAll(name, () => write(value));
    }
    return filled;
  }
}
