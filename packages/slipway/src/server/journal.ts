import type { Ask } from "../protocol/eras/index.ts";
import { toBase64Url } from "./base64.ts";
import { sha256 } from "./sha256.ts";
import type { StepOutcome } from "./step.ts";

/** What the client said to a question: its result, or its JSON-RPC error. */
export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

interface Come {
  /** How much the handler had been given when it came to it first. */
  readonly after: number;
  /** How often it had come to the same before. */
  readonly nth: number;
}

export interface AskEntry extends Come {
  readonly type: "ask";
  /** The name under which the question travels; unique in the call. */
  readonly key: string;
  /** Digest of what was asked. */
  readonly digest: string;
  answer?: Answer;
}

export interface StepEntry extends Come {
  readonly type: "step";
  readonly name: string;
  outcome?: StepOutcome;
}

export type JournalEntry = AskEntry | StepEntry;

/** A journal as it travels from one run to the next. */
export interface JournalRecord {
  /** What is settled, in the order in which the handler was given it; then the questions that are not. */
  readonly entries: readonly JournalEntry[];
  /** How often the handler has emitted something. */
  readonly emitted: number;
  /** Names the run that left it, where calls are traced: a `traceparent`. */
  readonly trace?: string;
}

/**
 * What a call's handler was given: the client's answers and the results of steps, in order. A handler that runs
 * again with the same journal takes its entries back instead of asking and doing anew.
 *
 * Questions are found by what they ask and how often the same was asked before, steps by name and how often the
 * name was used. Nothing is forgotten: an entry that a run does not come to stays for the next.
 */
export class Journal {
  /** In the order in which the handler is given it, on every run. */
  readonly settled: JournalEntry[] = [];
  /** How often an earlier run has emitted something. */
  readonly emitted: number;
  /** Names the run that left it. */
  readonly trace: string | undefined;
  /** How many of the settled entries this run has passed. */
  passed = 0;
  readonly #missed = new Map<string, JournalEntry>();
  readonly #open = new Set<AskEntry>();
  readonly #counts = new Map<string, number>();
  readonly #keys = new Set<string>();
  #offered: ReadonlyMap<string, Answer> | undefined;

  constructor({ entries, emitted, trace }: JournalRecord = { entries: [], emitted: 0 }) {
    this.emitted = emitted;
    this.trace = trace;
    for (const entry of entries) {
      this.#missed.set(`${kindOf(entry)} ${entry.nth}`, entry);
      if (entry.type === "ask") this.#keys.add(entry.key);
      if (isSettled(entry)) this.settled.push(entry);
      else this.#open.add(entry as AskEntry);
    }
  }

  /** What an earlier run came to and this one did not, yet. */
  get missed(): readonly JournalEntry[] {
    return [...this.#missed.values()];
  }

  /** How much of that the earlier run had come to when it had been given as much as this one. */
  get behind(): number {
    let count = 0;
    for (const entry of this.#missed.values()) if (entry.after <= this.passed) count++;
    return count;
  }

  /** The entry of the next question of this content and key, answered or not. */
  ask(ask: Ask, key: string | undefined): AskEntry {
    const digest = digestOf(ask, key);
    const { known, ...come } = this.#comeTo(`ask ${digest}`);
    if (known !== undefined) return known as AskEntry;
    const entry: AskEntry = {
      type: "ask",
      key: this.#freeKey(key ?? DEFAULT_KEYS[ask.method]),
      digest,
      ...come,
    };
    this.#keys.add(entry.key);
    this.#open.add(entry);
    const offered = key === undefined ? undefined : this.#offered?.get(entry.key);
    if (offered !== undefined) {
      entry.answer = offered;
      this.settle(entry);
    }
    return entry;
  }

  /** The entry of the next step of this name, done or not. */
  step(name: string): StepEntry {
    const { known, ...come } = this.#comeTo(`step ${name}`);
    return known === undefined ? { type: "step", name, ...come } : (known as StepEntry);
  }

  /** Notes that an entry has got its answer or outcome, as the latest one. */
  settle(entry: JournalEntry): void {
    if (entry.type === "ask") this.#open.delete(entry);
    this.settled.push(entry);
  }

  /** Puts the client's answers to the questions that were open. Answers to anything else are ignored. */
  answer(responses: ReadonlyMap<string, Answer>): void {
    for (const entry of [...this.#open]) {
      const answer = responses.get(entry.key);
      if (answer === undefined) continue;
      entry.answer = answer;
      this.settle(entry);
    }
  }

  /**
   * Answers that came without the state of an earlier run. They serve the questions that the handler has named
   * itself: the name says which question is meant, where there is no digest to say so.
   */
  offer(responses: ReadonlyMap<string, Answer>): void {
    this.#offered = responses;
  }

  /** What the next run needs. */
  record(emitted: number, trace = this.trace): JournalRecord {
    const entries = [...this.settled, ...this.#open];
    return { entries, emitted: Math.max(emitted, this.emitted), ...(trace !== undefined && { trace }) };
  }

  #comeTo(kind: string): Come & { known: JournalEntry | undefined } {
    const nth = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, nth + 1);
    const known = this.#missed.get(`${kind} ${nth}`);
    if (known !== undefined) this.#missed.delete(`${kind} ${nth}`);
    return { known, after: this.passed, nth };
  }

  #freeKey(wanted: string): string {
    if (!this.#keys.has(wanted)) return wanted;
    for (let n = 2; ; n++) if (!this.#keys.has(`${wanted}_${n}`)) return `${wanted}_${n}`;
  }
}

export function isSettled(entry: JournalEntry): boolean {
  return (entry.type === "ask" ? entry.answer : entry.outcome) !== undefined;
}

function kindOf(entry: JournalEntry): string {
  return entry.type === "ask" ? `ask ${entry.digest}` : `step ${entry.name}`;
}

const DEFAULT_KEYS: { readonly [method in Ask["method"]]: string } = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};

/** 128 bits, so that an answer never counts for another question than the one it was given to. */
function digestOf({ method, params }: Ask, key: string | undefined): string {
  return toBase64Url(sha256(canonicalJson([method, key ?? null, params])).subarray(0, 16));
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return canonical(value) ?? "null";
}

const fixedTexts = new WeakMap<object, string>();

/** Remembers the canonical JSON of what never changes. */
export function fixText(value: object): void {
  fixedTexts.set(value, canonicalJson(value));
}

function canonical(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fixed = fixedTexts.get(value);
  if (fixed !== undefined) return fixed;
  if ("toJSON" in value && typeof value.toJSON === "function") return canonical(value.toJSON());
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as JsonObject);
}

interface JsonObject {
  readonly [key: string]: unknown;
}

function canonicalArray(values: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < values.length; i++) text += (i === 0 ? "" : ",") + canonicalJson(values[i]);
  return `${text}]`;
}

function canonicalObject(value: JsonObject): string {
  let text = "{";
  for (const key of sortedKeys(value)) {
    const member = canonical(value[key]);
    if (member !== undefined) text += `${text.length === 1 ? "" : ","}${JSON.stringify(key)}:${member}`;
  }
  return `${text}}`;
}

/** Most come sorted, or are few. */
function sortedKeys(value: JsonObject): string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}
