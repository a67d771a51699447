import type { JsonRpcErrorObject } from "../protocol/jsonrpc.ts";

type MaybePromise<T> = T | Promise<T>;

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#task-status */
export type TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled";

/** How a task ended. */
export type TaskEnd = { readonly result: unknown } | { readonly error: JsonRpcErrorObject };

/** What a task needs to be run, anywhere and again. JSON, made and read by the server alone. */
export interface TaskRequest {
  /** The principal that made it (see `principalKey`); `""` for nobody. */
  readonly principal: string;
  readonly tenant?: string;
  /** The request itself, and what is known of its client. */
  readonly call: unknown;
  /** How long it is kept after it was made, whatever happens to it, in milliseconds; finite. */
  readonly ttlMs: number;
}

export interface Task extends TaskRequest {
  readonly id: string;
  readonly status: TaskStatus;
  readonly statusMessage?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Who runs it; `undefined` while it waits for an instance, or for its client, and when it has ended. */
  readonly owner?: string;
  /** What was saved last; `undefined` before that. JSON, made and read by the server alone. */
  readonly journal: unknown;
  /** Questions that nobody has answered, by their keys; empty unless the status is `input_required`. */
  readonly questions: { readonly [key: string]: unknown };
  /** Present when the task has completed or failed. */
  readonly end?: TaskEnd;
}

/**
 * Keeps calls that outlive their request, and hands each to one worker at a time. Changes by a worker that has
 * lost its task to another are refused, so that a worker that was thought dead cannot spoil what goes on without it.
 */
export interface TaskAdapter {
  /**
   * Keeps a new task, status `working`, owned by `owner`. The id is unguessable and must be new: one that is in use
   * is refused with an error.
   */
  create(id: string, request: TaskRequest, owner: string): MaybePromise<Task>;

  /** `undefined` when it is unknown or has expired. */
  get(id: string): MaybePromise<Task | undefined>;

  /**
   * At most `limit` tasks of a principal, in the order in which they were made, from the one after `after` on.
   * Optional: without it clients of 2025-11-25 cannot list their tasks.
   */
  list?(principal: string, after: string | undefined, limit: number): MaybePromise<readonly Task[]>;

  /**
   * Makes `owner` the one that runs a task whose status is `working`, if its owner is still `expected`
   * (`undefined`: nobody). Of several exactly one gets the task, as it then is; the others, and all when it is
   * unknown or its status is another, `undefined`.
   */
  claim(id: string, expected: string | undefined, owner: string): MaybePromise<Task | undefined>;

  /**
   * At most `limit` ids of tasks that are `working`, with their owners, for instances that look for orphans and new
   * work: first those without an owner, then those that were changed least recently.
   */
  working(limit: number): MaybePromise<readonly { readonly id: string; readonly owner?: string }[]>;

  /**
   * Replaces the journal. `false`, and nothing changes, when `owner` does not own the task any more, it has ended, or
   * it is unknown.
   */
  save(id: string, owner: string, journal: unknown): MaybePromise<boolean>;

  /** Sets the message that clients see with the status. `false` as for {@link save}. */
  describe(id: string, owner: string, statusMessage: string): MaybePromise<boolean>;

  /**
   * Puts the task to sleep until its client has answered: replaces the journal, sets the questions (one at least) and
   * the status `input_required`, forgets the answers to earlier ones, and lets go of it. `false` as for {@link save}.
   */
  ask(
    id: string,
    owner: string,
    journal: unknown,
    questions: { readonly [key: string]: unknown },
  ): MaybePromise<boolean>;

  /**
   * Takes answers to open questions, each at most once; others are ignored, also all for a task that asks nothing.
   * When the last question is answered, the status is `working` again, in the same step, with no owner. The answers
   * are kept for whoever claims the task: {@link Task.journal} is left alone, and {@link answers} gives them.
   * @returns the task as it is now; `undefined` when it is unknown
   */
  answer(id: string, answers: { readonly [key: string]: unknown }): MaybePromise<Task | undefined>;

  /** Answers that were taken since the last {@link ask}, by the keys of their questions; none when it is unknown. */
  answers(id: string): MaybePromise<{ readonly [key: string]: unknown }>;

  /**
   * Ends the task, which nobody owns then. `false` as for {@link save}: then what the worker found is not to be told
   * to anybody.
   */
  finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): MaybePromise<boolean>;

  /**
   * Ends a task as `cancelled`, whoever owns it, unless it has ended already. The task as it is now; `undefined` when
   * it is unknown.
   */
  cancel(id: string): MaybePromise<Task | undefined>;
}
