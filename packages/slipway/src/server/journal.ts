import type { Ask } from "../protocol/eras/index.ts";

/** What the client said to a question: its result, or its JSON-RPC error. */
export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

export interface AskEntry {
  readonly type: "ask";
  /** The name under which the question travels; unique in the call. */
  readonly key: string;
  /** Digest of what was asked. */
  readonly digest: string;
  answer?: Answer;
}

export interface StepEntry {
  readonly type: "step";
  readonly name: string;
  readonly outcome: { readonly value?: unknown } | { readonly error: StepFailure };
}

export interface StepFailure {
  readonly name: string;
  readonly message: string;
  /** Whether it was a `ToolError`, whose message is meant for the model. */
  readonly spoken?: boolean;
  /** The code and data of an `RpcError`. */
  readonly code?: number;
  readonly data?: unknown;
}

export type JournalEntry = AskEntry | StepEntry;

/**
 * The answers and step results of one call, in the order in which they came to be. A handler that runs again
 * with the same journal takes its entries back instead of asking and doing anew.
 *
 * Questions are found by what they ask and how often the same was asked before, steps by name and how often
 * the name was used, so that branches which run side by side may come to them in any order. What has been
 * done is never forgotten: an entry that a run does not take back stays for the next.
 */
export class Journal {
  readonly entries: JournalEntry[];
  readonly #index = new Map<string, JournalEntry>();
  readonly #seen = new Map<string, number>();
  #offered: ReadonlyMap<string, Answer> | undefined;
  #ahead = 0;
  #taken = new Set<JournalEntry>();

  constructor(entries: readonly JournalEntry[] = []) {
    this.entries = [...entries];
    const counts = new Map<string, number>();
    for (const entry of entries) {
      this.#index.set(numbered(identityOf(entry), counts), entry);
      if (isSettled(entry)) this.#ahead++;
    }
  }

  /** Whether the run has not yet come as far as the one before it. */
  get replaying(): boolean {
    return this.#ahead > 0;
  }

  /** The entry of the next question of this content, made when the journal has none. */
  ask(ask: Ask, key: string | undefined): AskEntry {
    const digest = digestOf(ask);
    const found = this.#take(`ask ${digest}`);
    if (found?.type === "ask") return found;
    const entry: AskEntry = { type: "ask", key: this.#freeKey(key ?? defaultKey(ask)), digest };
    const offered = key === undefined ? undefined : this.#offered?.get(entry.key);
    if (offered !== undefined) entry.answer = offered;
    this.#add(entry);
    return entry;
  }

  /** The recorded outcome of the next step of this name, if it was done before. */
  step(name: string): StepEntry["outcome"] | undefined {
    const found = this.#take(`step ${name}`);
    return found?.type === "step" ? found.outcome : undefined;
  }

  recordStep(name: string, outcome: StepEntry["outcome"]): void {
    this.#add({ type: "step", name, outcome });
  }

  /** Puts the client's answers to the questions that were open. Answers to anything else are ignored. */
  answer(responses: ReadonlyMap<string, Answer>): void {
    for (const entry of this.entries) {
      if (entry.type !== "ask" || entry.answer !== undefined) continue;
      const answer = responses.get(entry.key);
      if (answer === undefined) continue;
      entry.answer = answer;
      this.#ahead++;
    }
  }

  /**
   * Answers that came without the state of an earlier run. They serve the questions that the handler has named
   * itself: the name says which question is meant, where there is no digest to say so.
   */
  offer(responses: ReadonlyMap<string, Answer>): void {
    this.#offered = responses;
  }

  /** Settled entries of the run before that this one did not come to. */
  untaken(): JournalEntry[] {
    return this.#ahead === 0 ? [] : this.entries.filter((e) => isSettled(e) && !this.#taken.has(e));
  }

  /** What the next run needs: everything settled, and the questions that this run waits for. */
  suspended(open: ReadonlySet<AskEntry>): JournalEntry[] {
    return this.entries.filter((entry) => isSettled(entry) || open.has(entry as AskEntry));
  }

  #take(identity: string): JournalEntry | undefined {
    const entry = this.#index.get(numbered(identity, this.#seen));
    if (entry !== undefined && isSettled(entry)) {
      this.#ahead--;
      this.#taken.add(entry);
    }
    return entry;
  }

  #add(entry: JournalEntry): void {
    this.entries.push(entry);
    this.#taken.add(entry);
  }

  #freeKey(wanted: string): string {
    const taken = new Set(this.entries.map((entry) => (entry.type === "ask" ? entry.key : "")));
    if (!taken.has(wanted)) return wanted;
    for (let n = 2; ; n++) if (!taken.has(`${wanted}_${n}`)) return `${wanted}_${n}`;
  }
}

function isSettled(entry: JournalEntry): boolean {
  return entry.type === "step" || entry.answer !== undefined;
}

function identityOf(entry: JournalEntry): string {
  return entry.type === "ask" ? `ask ${entry.digest}` : `step ${entry.name}`;
}

function numbered(identity: string, counts: Map<string, number>): string {
  const count = counts.get(identity) ?? 0;
  counts.set(identity, count + 1);
  return `${identity} ${count}`;
}

const DEFAULT_KEYS: { readonly [method in Ask["method"]]: string } = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};

function defaultKey(ask: Ask): string {
  return DEFAULT_KEYS[ask.method];
}

function digestOf(ask: Ask): string {
  return fingerprint(`${ask.method} ${canonicalJson(ask.params)}`);
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as { readonly [key: string]: unknown })[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** 64 bits of FNV-1a in two lanes. It tells questions apart; the seal, not the digest, keeps out forgers. */
function fingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + i), 0x85ebca6b);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
