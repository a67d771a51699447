import type { Task, TaskAdapter, TaskEnd } from "../../ports/index.ts";
import { principalKey, StoreUnavailableError } from "../../ports/index.ts";
import type { TaskState } from "../../protocol/eras/index.ts";
import { clip, ERROR_CODES, invalidParams, RpcError } from "../../protocol/errors.ts";
import { MAX_TIMER_MS } from "../../protocol/timer.ts";
import type { Call, CallSession } from "../call.ts";
import type { ServerCore } from "../core.ts";
import { masked } from "../failure.ts";
import { type Answer, Journal, type JournalRecord } from "../journal.ts";
import type { Outcome } from "../outcome.ts";
import { randomId } from "../random-id.ts";
import { callOf, type KeptTaskCall, keptCallOf } from "./kept-call.ts";
import { patiently } from "./patience.ts";
import { keptFor } from "./settings.ts";
import { TaskLostError, TaskOutlet } from "./task-outlet.ts";

/** Says that a task has changed: look at it. */
export interface TaskBell {
  readonly bell: "task";
  readonly server: string;
  readonly task: string;
  readonly session?: string;
  /** Who rings. */
  readonly by: string;
}

/** The other instances that serve the same store. */
interface TaskFleet {
  readonly instanceId: string;
  readonly deadAfterMs: number;
  isAlive(instanceId: string): boolean | Promise<boolean>;
  ring(bell: TaskBell): void;
}

export interface TasksInit {
  readonly core: ServerCore;
  /** Tells the server's tasks in the store from those of others. */
  readonly name: string;
  readonly adapter: TaskAdapter;
  readonly fleet?: TaskFleet | undefined;
  dispatch(call: Call): Outcome | Promise<Outcome>;
  /** Called when a task goes on here that another instance has left. */
  tookOver?(): void;
  /** The session in which a task was made, when it goes on elsewhere. */
  sessionOf?(id: string): Promise<CallSession | undefined>;
  /** What is open here of a session. */
  liveSession?(id: string): CallSession | undefined;
}

/** A task that has changed. */
export interface TaskChange {
  readonly id: string;
  readonly session: string | undefined;
  /** How it is now; `undefined` when it is gone. */
  read(): Promise<{ readonly task: TaskState; readonly kept: KeptTaskCall } | undefined>;
}

interface Run {
  readonly call: Call;
  readonly owner: string;
}

/** How many tasks one look for orphans goes through. */
const LOOK_LIMIT = 256;

/** Runs of this process: what it owns in a store and does not run is nobody's. */
const running = new Set<string>();

/** The tasks of one server over one store: makes them, runs them here, and goes on with those that nobody runs. */
export class Tasks {
  readonly #init: TasksInit;
  /** Names this service among all that serve the store. */
  #name: string | undefined;
  /** What runs here, by the ids of the tasks. */
  readonly #runs = new Map<string, Run>();
  readonly #listeners = new Set<(change: TaskChange) => void>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;
  #stopped = false;

  constructor(init: TasksInit) {
    this.#init = init;
    if (init.fleet === undefined) return;
    this.#timer = setInterval(() => this.look(), init.fleet.deadAfterMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  // Named when first needed, since a Worker may make nothing random while it is loaded.
  get #me(): string {
    this.#name ??= randomId();
    return this.#name;
  }

  get #instance(): string {
    return this.#init.fleet?.instanceId ?? this.#me;
  }

  /** How many run here. */
  get size(): number {
    return this.#runs.size;
  }

  /** Whether a caller can be given a list of its tasks, and of nobody else's. */
  lists(call: Pick<Call, "principal">): boolean {
    return this.#init.adapter.list !== undefined && call.principal !== undefined;
  }

  /**
   * Makes a task of a call, and begins to run it.
   * @param journal what was done of the call before it became a task
   */
  async create(call: Call, wantedTtlMs: number | undefined, journal?: JournalRecord): Promise<TaskState> {
    const { core, adapter } = this.#init;
    const settings = core.taskSettings;
    if (this.#stopped || this.#runs.size >= settings.maxRunning) {
      throw new RpcError(ERROR_CODES.INTERNAL_ERROR, "No more tasks can be run here now: try again later.");
    }
    const { principal } = call;
    const owner = this.#newOwner();
    try {
      const request = {
        principal: principalKey(principal),
        ...(principal?.tenant !== undefined && { tenant: principal.tenant }),
        call: keptCallOf(this.#init.name, call),
        ttlMs: keptFor(wantedTtlMs, settings),
      };
      const task = await adapter.create(randomId(), request, owner);
      if (journal !== undefined) await this.#begin(task.id, owner, journal);
      void this.#run({ ...task, ...(journal !== undefined && { journal }) }, owner, {}, call.session);
      return this.#state(task);
    } catch (error) {
      running.delete(owner);
      throw error;
    }
  }

  /** Keeps what was done before. A task that does not have that must not be run by anybody. */
  async #begin(id: string, owner: string, journal: JournalRecord): Promise<void> {
    const { adapter } = this.#init;
    try {
      if (!(await adapter.save(id, owner, journal))) throw new TaskLostError();
    } catch (error) {
      await adapter.cancel(id);
      throw error;
    }
  }

  /** @throws RpcError -32602 unless the task is the caller's: to all others it does not exist */
  async get(call: Pick<Call, "principal">, id: string): Promise<TaskState> {
    const task = await this.#init.adapter.get(id);
    if (task === undefined || !this.#isMine(task) || task.principal !== principalKey(call.principal)) {
      throw unknownTask(id);
    }
    return this.#state(task);
  }

  /** The caller's tasks, oldest first. */
  async list(call: Pick<Call, "principal">, after: string | undefined, limit: number): Promise<TaskState[]> {
    const principal = principalKey(call.principal);
    const mine: TaskState[] = [];
    // Another server's tasks may fill many pages of the store.
    for (let last = after; mine.length < limit; ) {
      const tasks = (await this.#init.adapter.list?.(principal, last, limit)) ?? [];
      for (const task of tasks) if (this.#isMine(task)) mine.push(this.#state(task));
      last = tasks.at(-1)?.id;
      if (tasks.length < limit) break;
    }
    return mine.slice(0, limit);
  }

  /** Takes answers to what a task asks. Answers to anything else are ignored. */
  async answer(call: Call, id: string, answers: { readonly [key: string]: Answer }): Promise<void> {
    await this.get(call, id);
    const task = await this.#init.adapter.answer(id, answers);
    if (task === undefined || task.status === "input_required") return;
    this.#changed(task);
    if (task.status === "working" && task.owner === undefined) await this.#claim(id, undefined);
  }

  /** Ends a task that has not ended. How it is then. */
  async cancel(call: Call, id: string): Promise<TaskState> {
    await this.get(call, id);
    const task = await this.#init.adapter.cancel(id);
    if (task === undefined) throw unknownTask(id);
    if (task.status === "cancelled") {
      this.#runs.get(id)?.call.abort(new Error("The client cancelled the task."));
      this.#changed(task);
    }
    return this.#state(task);
  }

  /** Calls `listener` for every change of a task until the returned function is called. */
  listen(listener: (change: TaskChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the task has changed, or may have, or the signal fires. */
  change(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        waiting.delete(done);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
        resolve();
      };
      // A bell that was lost, and the end of the task's time, cost no more than that.
      const timer = setTimeout(done, this.#init.fleet?.deadAfterMs ?? 15_000);
      waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }

  hear({ server, task, session, by }: TaskBell): void {
    if (server !== this.#init.name || by === this.#me) return;
    this.#tell(task, session);
    if (this.#runs.has(task)) void this.#check(task);
  }

  /** Bells may have been lost. */
  missed(): void {
    for (const waiting of this.#waiting.values()) for (const done of [...waiting]) done();
    this.look();
  }

  /** Goes on with tasks that nobody runs, and stops those that are not to be run here any more. */
  look(): void {
    if (this.#looking || this.#stopped || !this.#init.core.runsTasks) return;
    this.#looking = true;
    void this.#look()
      .catch((error) => this.#init.core.logger.debug("Tasks could not be looked for.", error))
      .finally(() => {
        this.#looking = false;
      });
  }

  async #look(): Promise<void> {
    const { adapter, core } = this.#init;
    for (const id of [...this.#runs.keys()]) await this.#check(id);
    for (const { id, owner } of await adapter.working(LOOK_LIMIT)) {
      if (this.#stopped || this.#runs.size >= core.taskSettings.maxRunning) return;
      if (owner === undefined || !(await this.#isAlive(owner))) await this.#claim(id, owner);
    }
  }

  async #isAlive(owner: string): Promise<boolean> {
    const [instance = ""] = owner.split("/");
    if (instance === this.#instance) return running.has(owner);
    return (await this.#init.fleet?.isAlive(instance)) ?? false;
  }

  /** Stops a run whose task was cancelled, has expired, or is another's now. */
  async #check(id: string): Promise<void> {
    const owner = this.#runs.get(id)?.owner;
    try {
      const task = await this.#init.adapter.get(id);
      const run = this.#runs.get(id);
      if (run !== undefined && run.owner === owner && task?.owner !== owner)
        run.call.abort(new TaskLostError());
    } catch (error) {
      this.#init.core.logger.debug("A task could not be looked at.", error);
    }
  }

  async #claim(id: string, expected: string | undefined): Promise<void> {
    const { adapter, core, sessionOf } = this.#init;
    const seen = await adapter.get(id);
    if (this.#stopped || seen === undefined || !this.#isMine(seen)) return;
    const owner = this.#newOwner();
    let runs = false;
    try {
      const task = await adapter.claim(id, expected, owner);
      if (task === undefined) return;
      if (expected !== undefined) {
        this.#init.tookOver?.();
        core.logger.info("A task goes on here: the instance that ran it is gone.");
      }
      const answers = (await adapter.answers(id)) as { readonly [key: string]: Answer };
      const { session } = task.call as KeptTaskCall;
      const found = session === undefined ? undefined : await sessionOf?.(session);
      runs = true;
      void this.#run(task, owner, answers, found);
    } finally {
      // What was claimed and cannot be run now is nobody's again.
      if (!runs) running.delete(owner);
    }
  }

  #newOwner(): string {
    const owner = `${this.#instance}/${randomId()}`;
    running.add(owner);
    return owner;
  }

  /** Never rejects. */
  async #run(
    task: Task,
    owner: string,
    answers: { readonly [key: string]: Answer },
    session: CallSession | undefined,
  ): Promise<void> {
    const { core, adapter } = this.#init;
    const kept = task.call as KeptTaskCall;
    let expiry: ReturnType<typeof setTimeout> | undefined;
    try {
      const outlet = new TaskOutlet({
        adapter,
        id: task.id,
        owner,
        notify: (method, params) => {
          // Only revisions with sessions know what a task emits.
          const related = call.revision.tasks?.related(task.id, params) ?? params;
          const live = session?.id === undefined ? undefined : this.#init.liveSession?.(session.id);
          return (live ?? session)?.tell?.({ jsonrpc: "2.0", method, params: related });
        },
        lost: (reason) => call.abort(reason),
      });
      const call = callOf(kept, outlet, session);
      call.journal = new Journal((task.journal ?? undefined) as JournalRecord | undefined);
      call.journal.answer(new Map(Object.entries(answers)));
      this.#runs.set(task.id, { call, owner });
      const left = task.createdAt + task.ttlMs - Date.now();
      expiry = setTimeout(() => call.abort(new TaskLostError()), Math.min(Math.max(0, left), MAX_TIMER_MS));
      (expiry as { unref?: () => void }).unref?.();
      const outcome = await this.#init.dispatch(call);
      if (call.aborted) return;
      if (!outlet.asleep) await this.#finish(task.id, owner, call, outcome);
      this.#end(task.id, owner);
      this.#changed(task);
    } catch (error) {
      core.logger.error("A task could not be run.", error);
    } finally {
      clearTimeout(expiry);
      this.#end(task.id, owner);
    }
  }

  #end(id: string, owner: string): void {
    if (this.#runs.get(id)?.owner === owner) this.#runs.delete(id);
    running.delete(owner);
  }

  async #finish(id: string, owner: string, call: Call, outcome: Outcome): Promise<void> {
    const { adapter, core } = this.#init;
    const end = endOf(call, outcome);
    const finish = (given: TaskEnd) =>
      adapter.finish(id, owner, "result" in given ? "completed" : "failed", given);
    try {
      await patiently(
        () => finish(end),
        () => this.#stopped,
      );
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      const told = masked(error, "A task's result could not be kept", core.logger, call.correlationId);
      await finish({ error: told.toJSON() });
    }
  }

  #changed(task: Task): void {
    const { session } = task.call as KeptTaskCall;
    this.#tell(task.id, session);
    this.#init.fleet?.ring({
      bell: "task",
      server: this.#init.name,
      task: task.id,
      ...(session !== undefined && { session }),
      by: this.#me,
    });
  }

  #tell(id: string, session: string | undefined): void {
    for (const done of [...(this.#waiting.get(id) ?? [])]) done();
    const read = async () => {
      const task = await this.#init.adapter.get(id);
      return task && { task: this.#state(task), kept: task.call as KeptTaskCall };
    };
    for (const listener of this.#listeners) listener({ id, session, read });
  }

  #isMine({ call }: Task): boolean {
    return (call as KeptTaskCall).server === this.#init.name;
  }

  #state(task: Task): TaskState {
    const { id, status, statusMessage, createdAt, updatedAt, ttlMs, questions, end } = task;
    const { pollIntervalMs } = this.#init.core.taskSettings;
    return { id, status, statusMessage, createdAt, updatedAt, ttlMs, pollIntervalMs, questions, end };
  }

  /** Takes on nothing more. */
  drain(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Stops what runs here; another instance goes on with it, where there is one. */
  stop(): void {
    this.drain();
    for (const { call } of this.#runs.values()) call.abort(new Error("The server is shutting down."));
  }
}

function endOf(call: Call, outcome: Outcome): TaskEnd {
  if (outcome.kind === "error") return { error: call.revision.encodeError(outcome.error) };
  if (outcome.kind === "complete") return { result: outcome.result };
  throw new Error(`A task ended as "${outcome.kind}".`);
}

function unknownTask(id: string): RpcError {
  return invalidParams(`Task not found: ${clip(id)}`);
}
