import type { Ask } from "../protocol/eras/index.ts";
import { RpcError, ToolError } from "../protocol/errors.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import type { Call } from "./call.ts";
import type { Answer, AskEntry, Journal, StepEntry, StepFailure } from "./journal.ts";

/**
 * Thrown into a handler whose call is suspended, to unwind it. `finally` blocks run; what the handler does
 * with it otherwise changes nothing, since the call has ended by then.
 */
export class SuspendSignal extends Error {
  override readonly name: string = "SuspendSignal";
  constructor() {
    super(
      "This call is suspended until the client has answered. The handler runs again from its start then.",
    );
  }
}

export interface Suspension {
  readonly asks: ReadonlyMap<string, Ask>;
  readonly journal: ReturnType<Journal["suspended"]>;
}

export interface AskSettings {
  readonly key?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

interface OpenAsk {
  readonly ask: Ask;
  readonly entry: AskEntry;
  readonly reject: (reason: unknown) => void;
}

/** After so many questions to a suspended call its handler is left waiting, so that a loop cannot spin. */
const PATIENCE = 16;

/**
 * Runs one handler so that it can be run again: hands out recorded answers and results, and ends the run
 * when it comes to a question that only the next request can answer.
 */
export class Replay {
  readonly #call: Call;
  readonly #open: OpenAsk[] = [];
  #suspend: ((suspension: Suspension) => void) | undefined;
  #suspended = false;
  #steps = 0;
  #insideStep = false;
  #refusals = 0;
  #activity = 0;
  #watching = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Calls `suspended` at most once, when the run has come to rest on open questions. */
  onSuspend(suspended: (suspension: Suspension) => void): void {
    this.#suspend = suspended;
  }

  async ask(ask: Ask, settings: AskSettings): Promise<unknown> {
    if (this.#insideStep) {
      throw new Error(
        `${ask.method} was called inside ctx.step. Ask outside of it and pass the answer to the step's function.`,
      );
    }
    if (this.#suspended) return this.#refuse();
    // Nobody waits for the question any more.
    if (this.#call.aborted) throw this.#call.signal.reason;
    const entry = this.#call.journal.ask(ask, settings.key);
    if (entry.answer !== undefined) return open(entry.answer);
    if (this.#call.outlet.ask === undefined) return this.#wait(ask, entry);
    entry.answer = await this.#send(ask, settings);
    return open(entry.answer);
  }

  async step<T>(name: string, run: () => T | Promise<T>): Promise<T> {
    if (this.#suspended) return this.#refuse();
    const { journal } = this.#call;
    const done = journal.step(name);
    if (done !== undefined) return reproduce<T>(done);
    this.#steps++;
    let outcome: { readonly value: unknown };
    try {
      outcome = { value: throughJson(await this.#start(run), name) };
    } catch (error) {
      const failure = describeFailure(error);
      journal.recordStep(name, { error: failure });
      throw recreate(failure, error);
    } finally {
      this.#steps--;
      this.#activity++;
      this.#watch();
    }
    journal.recordStep(name, outcome);
    return outcome.value as T;
  }

  #start<T>(run: () => T): T {
    this.#insideStep = true;
    try {
      return run();
    } finally {
      this.#insideStep = false;
    }
  }

  async #send(ask: Ask, settings: AskSettings): Promise<Answer> {
    const { outlet, signal } = this.#call;
    try {
      return { result: await outlet.ask?.(ask, { timeoutMs: settings.timeoutMs, signal }) };
    } catch (error) {
      if (error instanceof RpcError && !(error instanceof LocalAskError)) return { error: error.toJSON() };
      throw error;
    }
  }

  #wait(ask: Ask, entry: AskEntry): Promise<never> {
    const waiting = new Promise<never>((_, reject) => this.#open.push({ ask, entry, reject }));
    this.#activity++;
    this.#watch();
    return waiting;
  }

  /**
   * Ends the run once nothing moves: every branch that could go on without the client has done so, and every
   * step that was begun is on record.
   */
  #watch(): void {
    if (this.#watching || this.#open.length === 0 || this.#suspended) return;
    this.#watching = true;
    const seen = this.#activity;
    nextTurn(() => {
      this.#watching = false;
      if (this.#steps > 0) return;
      if (this.#activity !== seen) this.#watch();
      else this.#end();
    });
  }

  #end(): void {
    if (this.#call.aborted) {
      for (const { reject } of this.#open.splice(0)) reject(this.#call.signal.reason);
      return;
    }
    this.#suspended = true;
    const asks = new Map(this.#open.map(({ ask, entry }) => [entry.key, ask]));
    const waiting = new Set(this.#open.map(({ entry }) => entry));
    const signal = new SuspendSignal();
    this.#suspend?.({ asks, journal: this.#call.journal.suspended(waiting) });
    this.#call.unwind(signal);
    for (const { reject } of this.#open) reject(signal);
  }

  #refuse(): Promise<never> {
    if (this.#refusals++ >= PATIENCE) return new Promise<never>(() => {});
    return new Promise<never>((_, reject) => nextTurn(() => reject(new SuspendSignal())));
  }
}

/** A question that failed on this side: it was never answered, so nothing is recorded. */
export class LocalAskError extends RpcError {}

function nextTurn(run: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (setImmediate === undefined) setTimeout(run, 0);
  else setImmediate(run);
}

function open(answer: Answer): unknown {
  if ("result" in answer) return answer.result;
  throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
}

function reproduce<T>(outcome: StepEntry["outcome"]): T {
  if ("error" in outcome) throw recreate(outcome.error, undefined);
  return outcome.value as T;
}

/** A failed step throws the same kind of error on its first run as on every later one. */
function recreate(failure: StepFailure, cause: unknown): Error {
  const error = build(failure);
  if (cause !== undefined) error.cause = cause;
  return error;
}

function build({ name, message, spoken, code, data }: StepFailure): Error {
  if (spoken === true) return new ToolError(message);
  if (code !== undefined) return new RpcError(code, message, data);
  return Object.defineProperty(new Error(message), "name", { value: name, configurable: true });
}

/** A step gives the same value on its first run as on every later one: what JSON keeps of it. */
function throughJson(value: unknown, step: string): unknown {
  if (value === null || ["undefined", "string", "boolean"].includes(typeof value)) return value;
  if (typeof value !== "object" && !Number.isFinite(value)) {
    throw new TypeError(`ctx.step("${step}") must return what JSON can hold, got ${String(value)}.`);
  }
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (cause) {
    throw new TypeError(`ctx.step("${step}") must return what JSON can hold.`, { cause });
  }
}

function describeFailure(error: unknown): StepFailure {
  if (error instanceof ToolError) return { name: error.name, message: error.message, spoken: true };
  if (error instanceof RpcError) {
    return { name: error.name, message: error.message, code: error.code, data: error.data };
  }
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: "Error", message: String(error) };
}

/** Reads what a client sent as `inputResponses`; values must be objects, as every result is. */
export function readResponses(value: unknown): ReadonlyMap<string, Answer> | undefined {
  if (value === undefined) return new Map();
  if (!isObject(value)) return undefined;
  const responses = new Map<string, Answer>();
  for (const key of Object.keys(value)) {
    if (!isObject(value[key])) return undefined;
    responses.set(key, { result: value[key] });
  }
  return responses;
}
