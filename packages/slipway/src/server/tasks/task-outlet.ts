import type { TaskAdapter } from "../../ports/index.ts";
import type { Params } from "../../protocol/jsonrpc.ts";
import type { Call, Outlet, RunningTask } from "../call.ts";
import type { Outcome } from "../outcome.ts";
import type { Suspension } from "../replay.ts";
import { patiently } from "./patience.ts";

/** The task is another's now, was cancelled, or has expired. What is still done for it reaches nobody. */
export class TaskLostError extends Error {
  override readonly name: string = "TaskLostError";
  constructor() {
    super("This task was cancelled, has expired, or goes on elsewhere.");
  }
}

export interface TaskOutletInit {
  readonly adapter: TaskAdapter;
  readonly id: string;
  /** This run of the task; no other has the same. */
  readonly owner: string;
  notify(method: string, params: Params): void | Promise<void>;
  /** Called when the run has no task any more. */
  lost(reason: Error): void;
}

/** The way out of a call that is a task: into the store. */
export class TaskOutlet implements Outlet, RunningTask {
  readonly task: RunningTask = this;
  readonly id: string;
  /** Whether the task sleeps until its client has answered. */
  asleep = false;
  readonly #init: TaskOutletInit;
  #saved: Promise<void> = Promise.resolve();

  constructor(init: TaskOutletInit) {
    this.#init = init;
    this.id = init.id;
  }

  notify(method: string, params: Params): void | Promise<void> {
    return this.#init.notify(method, params);
  }

  /** One at a time, each as the journal is when its turn comes, so that no earlier one overwrites a later. */
  keep(call: Call): Promise<void> {
    const saved = this.#saved.then(() => {
      const { adapter, id, owner } = this.#init;
      return this.#own(() => adapter.save(id, owner, call.record()));
    });
    this.#saved = saved.catch(() => {});
    return saved;
  }

  async describe(message: string): Promise<void> {
    const { adapter, id, owner } = this.#init;
    await this.#own(() => adapter.describe(id, owner, message));
  }

  async suspend({ asks, journal }: Suspension): Promise<Outcome> {
    const { adapter, id, owner } = this.#init;
    await this.#saved;
    await this.#own(() => adapter.ask(id, owner, journal, Object.fromEntries(asks)));
    this.asleep = true;
    return { kind: "input_required", asks, state: "" };
  }

  /** @throws TaskLostError when the task is not this run's */
  async #own(change: () => boolean | Promise<boolean>): Promise<void> {
    if (await patiently(change)) return;
    const error = new TaskLostError();
    this.#init.lost(error);
    throw error;
  }
}
