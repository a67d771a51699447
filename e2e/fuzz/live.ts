import { LIVE, type Live, type Message } from "./generate/messages.ts";

type Wild = { readonly [name: string]: unknown } | undefined;

/** What a conversation has told so far that a later message may need. */
export class LiveValues {
  readonly #values = new Map<Live, string | number>();

  set(name: Live, value: unknown): void {
    if (typeof value === "string" || typeof value === "number") this.#values.set(name, value);
  }

  get(name: Live): string | undefined {
    return this.#values.get(name)?.toString();
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

  /** A JSON text with what is known put in: an id that is a number as one, where it stands alone. */
  inJson(text: string): string {
    return this.#fill(text, (filled, name, value) =>
      filled
        .replaceAll(`"${name}"`, () => JSON.stringify(value))
        .replaceAll(name, () => JSON.stringify(String(value)).slice(1, -1)),
    );
  }

  inHeader(text: string): string {
    return this.#fill(text, (filled, name, value) => filled.replaceAll(name, () => String(value)));
  }

  #fill(text: string, put: (text: string, name: Live, value: string | number) => string): string {
    let filled = text;
    for (const name of LIVE) {
      const value = this.#values.get(name);
      if (value !== undefined && filled.includes(name)) filled = put(filled, name, value);
    }
    return filled;
  }
}
