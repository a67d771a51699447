import { SseReader } from "../support/sse-reader.ts";

/** A question as it is on the wire. */
export interface Question {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: a value off the wire has no type
  readonly params: any;
}

/** What a question asks, in few words. */
export function contentOf({ method, params }: Question): string {
  if (method === "sampling/createMessage") return `sample ${params.messages[0].content.text}`;
  return method === "roots/list" ? "roots" : `${params.mode} ${params.message}`;
}

/**
 * What the scripted user says. To a question that only one place in the program asks, it depends on how often
 * it was asked; to others it is always the same, since eras may ask them in another order.
 */
export function scripted(seed: number, question: Question, nth: number): object {
  const content = contentOf(question);
  const roll = hash(`${seed} ${content} ${content.includes("own") ? nth : ""}`);
  if (question.method === "roots/list") return { roots: [{ uri: `file:///${roll % 10}` }] };
  if (question.method === "sampling/createMessage") {
    if (roll % 20 === 0) return { role: "assistant" };
    return { role: "assistant", model: "m", content: { type: "text", text: `${roll % 100}` } };
  }
  if (roll % 20 < 2) return { action: "decline" };
  if (roll % 20 < 4) return { action: "cancel" };
  if (question.params.mode === "url") return { action: "accept" };
  if (roll % 20 === 4) return { action: "accept", content: { n: "many" } };
  return {
    action: "accept",
    content: { n: roll % 100, ...(roll % 3 === 0 && { list: ["a", "b"].slice(roll % 2) }) },
  };
}

function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

/** Numbers that only look random: the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to below `sides`. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)] as T;
  }
}

/** How a call ended, in words that do not differ from era to era. */
export function endOf(message: Message): string {
  if (message.error !== undefined) {
    const { code, message: words, data } = message.error;
    // Which of two wrong answers is complained of is the same; in which words does not matter here.
    if (code === -32602) return "error invalid";
    return `error ${code} ${masked(words)} ${data?.reference === undefined ? JSON.stringify(data) : ""}`;
  }
  const { content, isError } = message.result;
  return `${isError === true ? "failed" : "done"} ${masked(content[0].text)}`;
}

function masked(text: string): string {
  return text.replace(/reference [0-9a-f-]+/, "reference");
}

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a value off the wire has no type
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: a value off the wire has no type
  readonly result?: any;
  // biome-ignore lint/suspicious/noExplicitAny: a value off the wire has no type
  readonly error?: any;
}

/** A message as a request over HTTP. */
export function requestOf(
  message: object,
  headers: { readonly [name: string]: string },
  signal?: AbortSignal,
): Request {
  return new Request("http://localhost/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(message),
    ...(signal !== undefined && { signal }),
  });
}

/** Takes the messages of a response, one by one as they come. */
export async function readMessages(response: Response, received: (message: Message) => void): Promise<void> {
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    const text = await response.text();
    if (text !== "") received(JSON.parse(text));
    return;
  }
  const sse = new SseReader(
    ({ data }) => {
      if (data) received(JSON.parse(data));
    },
    () => {},
  );
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) sse.push(decoder.decode(chunk, { stream: true }));
}
