import type { Ask } from "../protocol/eras/index.ts";
import { RpcError } from "../protocol/errors.ts";
import type { Params } from "../protocol/jsonrpc.ts";
import type { AskWatch, Call } from "./call.ts";
import {
  type Answer,
  type AskEntry,
  isSettled,
  type JournalEntry,
  type JournalRecord,
  type StepEntry,
} from "./journal.ts";
import { copyOf, failed, reproduce, succeeded } from "./step.ts";

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

/** Without a stack, which costs more than all else of it: where it was made says nothing to a handler. */
function suspendSignal(): SuspendSignal {
  const limit: unknown = Reflect.get(Error, "stackTraceLimit");
  if (limit === undefined) return new SuspendSignal();
  // Without an exception where the built-in objects are frozen.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return new SuspendSignal();
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
}

export interface Suspension {
  readonly asks: ReadonlyMap<string, Ask>;
  readonly journal: JournalRecord;
}

export interface ReplayListener {
  /** The run has come to rest on open questions. Called at most once. */
  suspended(suspension: Suspension): void;
  /** Questions have waited for these steps to end for a long time. Called at most once. */
  stalled(steps: readonly string[]): void;
}

export interface AskSettings {
  readonly key?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** What a step threw that has just run. */
  cause?: unknown;
}

/** After so many attempts to go on in a suspended call its handler is left waiting, so that a loop cannot spin. */
const REFUSALS = 16;

/** How long a run waits for a branch to come to where it was in an earlier run, in milliseconds. */
const PATIENCE_MS = 1_000;

/** How long questions wait for a step to end before that is logged, in milliseconds. */
const STALL_MS = 10_000;

/**
 * Runs one handler so that it can be run again.
 *
 * Answers and results are given to the handler one at a time, in the journal's order, each when all that came
 * from the one before has happened. Thereby branches that run side by side meet in the same order on every
 * run. A run ends when it has come to rest on questions that only the next request can answer: every branch
 * that can go on without the client has done so, and every step that was begun is on record.
 */
export class Replay {
  readonly #call: Call;
  /** What is settled and not given to the handler yet, in order. */
  readonly #due: JournalEntry[];
  /** What the handler came to and was not given yet. */
  readonly #waiting = new Map<JournalEntry, Waiting>();
  /** Questions that only the next request can answer. */
  readonly #open = new Map<AskEntry, Ask>();
  /** Steps whose functions are at work. */
  #running = 0;
  #insideStep = false;
  #turnComes = false;
  #keeping: Promise<void> | undefined;
  #patient = true;
  #patience: { readonly timer: unknown; readonly behind: number } | undefined;
  #stall: unknown;
  #suspended = false;
  #refusals = 0;

  /** @param due what earlier runs have settled */
  constructor(call: Call, due: readonly JournalEntry[] = []) {
    this.#call = call;
    this.#due = [...due];
  }

  /** Whether every branch waits for the client, or for something that is not on record. */
  get rests(): boolean {
    const waiting = [...this.#waiting.keys()];
    return waiting.length > 0 && waiting.every((entry) => entry.type === "ask" && !isSettled(entry));
  }

  /** The handler has ended: what it left behind goes on, but suspends nothing. */
  finish(): void {
    this.#patient = false;
    this.#clearTimers();
  }

  /**
   * @param ask what is asked, without what only one revision knows; by it the answer is found again
   * @param sent what the client is sent
   * @param read what the handler gets of the client's answer
   * @throws RpcError when `read` throws one; where answers have names, its data says which answer it was
   */
  async ask<T>(
    ask: Ask,
    sent: Ask,
    settings: AskSettings,
    read: (answer: unknown) => T | Promise<T>,
  ): Promise<T> {
    const call = this.#call;
    if (this.#insideStep) throw insideStep(ask.method, "pass the answer to the step's function");
    if (this.#suspended) return this.#refuse();
    // Nobody waits for the question any more.
    if (call.aborted) throw call.stopReason;
    const entry = call.journal.ask(ask, settings.key);
    const answer = this.#wait(entry);
    if (entry.answer === undefined) {
      const watch = call.watch?.asking?.(ask);
      const told = withMeta(sent, watch?.meta);
      if (call.outlet.ask === undefined) this.#hold(entry, told);
      else void this.#send(entry, told, settings, watch);
    }
    const given = await answer;
    try {
      return await read(given);
    } catch (error) {
      if (call.outlet.ask !== undefined || !(error instanceof RpcError)) throw error;
      throw new RpcError(error.code, error.message, { inputResponse: entry.key });
    }
  }

  /**
   * Ends the run where it is, to go on elsewhere from its journal.
   * @throws Error when a step or a question is under way, whose result would be lost
   */
  async detach(goOn: (journal: JournalRecord) => void): Promise<never> {
    if (this.#suspended) return this.#refuse();
    if (this.#insideStep || this.#waiting.size > 0) {
      throw new Error("ctx.detach was called while a step or a question was under way: await them first.");
    }
    this.#suspended = true;
    goOn(this.#call.record());
    this.#call.unwind(suspendSignal());
    return this.#refuse();
  }

  step<T>(name: string, run: () => T | Promise<T>): Promise<T> {
    if (this.#insideStep) return Promise.reject(insideStep("ctx.step", "take the steps one after the other"));
    if (this.#suspended) return this.#refuse();
    const entry = this.#call.journal.step(name);
    const value = this.#wait(entry);
    if (entry.outcome === undefined) void this.#run(entry, run);
    return value as Promise<T>;
  }

  #wait(entry: JournalEntry): Promise<unknown> {
    const given = new Promise<unknown>((resolve, reject) => this.#waiting.set(entry, { resolve, reject }));
    if (isSettled(entry)) {
      if (!this.#due.includes(entry)) this.#due.push(entry);
      this.#wake();
    }
    return given;
  }

  async #run(entry: StepEntry, run: () => unknown): Promise<void> {
    this.#running++;
    try {
      entry.outcome = succeeded(await this.#start(run), entry.name);
    } catch (error) {
      entry.outcome = failed(error);
      const waiting = this.#waiting.get(entry);
      if (waiting !== undefined) waiting.cause = error;
    }
    this.#running--;
    this.#settle(entry);
  }

  /** Only what a step's function does before it first waits can be told from what runs beside it. */
  #start<T>(run: () => T): T {
    this.#insideStep = true;
    try {
      return run();
    } finally {
      this.#insideStep = false;
    }
  }

  async #send(
    entry: AskEntry,
    ask: Ask,
    { timeoutMs }: AskSettings,
    watch: AskWatch | undefined,
  ): Promise<void> {
    const { outlet, signal } = this.#call;
    this.#call.asks(1);
    try {
      entry.answer = { result: await outlet.ask?.(ask, { key: entry.key, timeoutMs, signal }) };
      watch?.ended?.();
    } catch (error) {
      watch?.ended?.(error);
      if (!(error instanceof RpcError) || error instanceof LocalAskError) {
        this.#take(entry)?.reject(error);
        return;
      }
      entry.answer = { error: error.toJSON() };
    } finally {
      this.#call.asks(-1);
    }
    this.#settle(entry);
  }

  #settle(entry: JournalEntry): void {
    this.#call.journal.settle(entry);
    const isKept = () => {
      this.#due.push(entry);
      this.#wake();
    };
    const isLost = (error: unknown) => this.#take(entry)?.reject(error);
    const keeping = this.#call.outlet.keep?.(this.#call);
    if (keeping === undefined && this.#keeping === undefined) isKept();
    // In the journal's order, also when a store answers in another.
    else this.#keeping = Promise.all([keeping, this.#keeping]).then(isKept, isLost);
  }

  #hold(entry: AskEntry, ask: Ask): void {
    this.#open.set(entry, ask);
    this.#heed();
    this.#wake();
  }

  #heed(): void {
    this.#call.onStop ??= () => this.#giveUp();
  }

  /** The call is suspended, or nobody waits for it any more: what waits for the client goes no further. */
  #giveUp(): void {
    const open = [...this.#open.keys()];
    this.#open.clear();
    for (const entry of open) this.#take(entry)?.reject(this.#call.stopReason);
    this.#patient = false;
    this.#clearTimers();
    this.#wake();
  }

  #take(entry: JournalEntry): Waiting | undefined {
    const waiting = this.#waiting.get(entry);
    this.#waiting.delete(entry);
    return waiting;
  }

  /** Looks what is next when everything that is in motion has come to rest. */
  #wake(): void {
    if (this.#turnComes) return;
    this.#turnComes = true;
    nextTurn(() => {
      this.#turnComes = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#waiting.size === this.#running) return;
    const { journal } = this.#call;
    const behind = this.#patient && !this.#call.aborted ? journal.behind : 0;
    if (behind > 0) {
      this.#bePatient(behind);
      return;
    }
    this.#clearPatience();
    const place = this.#due.findIndex((entry) => this.#waiting.has(entry));
    const [next] = this.#due.splice(0, place + 1).slice(-1);
    if (next === undefined) {
      this.#rest();
      return;
    }
    journal.passed += place + 1;
    give(next, this.#take(next) as Waiting);
    this.#wake();
  }

  /** Nothing more can be given, and questions or steps are open. */
  #rest(): void {
    const { replayListener } = this.#call;
    if (this.#open.size === 0 || replayListener === undefined) return;
    if (this.#running > 0) this.#stall ??= setTimeout(() => this.#tellOfStall(), STALL_MS);
    else this.#suspend(replayListener);
  }

  /** A branch may be on its way by other means than steps and questions; not for ever, as code may have changed. */
  #bePatient(behind: number): void {
    if (this.#patience?.behind === behind) return;
    this.#clearPatience();
    this.#heed();
    const timer = setTimeout(() => {
      this.#patient = false;
      this.#wake();
    }, PATIENCE_MS);
    this.#patience = { timer, behind };
  }

  #suspend(listener: ReplayListener): void {
    const asks = new Map([...this.#open].map(([entry, ask]) => [entry.key, ask]));
    this.#suspended = true;
    listener.suspended({ asks, journal: this.#call.record() });
    this.#call.unwind(suspendSignal());
  }

  #tellOfStall(): void {
    const steps = [...this.#waiting.keys()].filter((entry) => entry.type === "step" && !isSettled(entry));
    this.#call.replayListener?.stalled(steps.map((entry) => (entry as StepEntry).name));
  }

  #clearPatience(): void {
    clearTimer(this.#patience?.timer);
    this.#patience = undefined;
  }

  #clearTimers(): void {
    this.#clearPatience();
    clearTimer(this.#stall);
  }

  #refuse(): Promise<never> {
    return mayBeLeft(
      new Promise<never>((_, reject) => {
        if (this.#refusals++ < REFUSALS) nextTurn(() => reject(suspendSignal()));
      }),
    );
  }
}

/** A question that failed on this side: it was never answered, so nothing is recorded. */
export class LocalAskError extends RpcError {}

/**
 * A handler that is unwound leaves behind what it did not come to wait for. That such a promise rejects is no
 * fault, for which a process might be ended.
 */
export function mayBeLeft<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function withMeta(ask: Ask, meta: Params | undefined): Ask {
  if (meta === undefined) return ask;
  const { method, params } = ask;
  return { method, params: { ...params, _meta: { ...meta, ...(params["_meta"] as object | undefined) } } };
}

function give(entry: JournalEntry, { resolve, reject, cause }: Waiting): void {
  try {
    resolve(entry.type === "ask" ? read(entry.answer as Answer) : reproduce(entry.outcome ?? {}, cause));
  } catch (error) {
    reject(error);
  }
}

function read(answer: Answer): unknown {
  if ("result" in answer) return copyOf(answer.result);
  throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
}

function insideStep(what: string, instead: string): Error {
  return new Error(`${what} was called inside ctx.step. Call it outside, and ${instead}.`);
}

/** After the promises that are settled have had their effect. */
function nextTurn(run: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (setImmediate === undefined) setTimeout(run, 0);
  else setImmediate(run);
}

function clearTimer(timer: unknown): void {
  clearTimeout(timer as ReturnType<typeof setTimeout> | undefined);
}
