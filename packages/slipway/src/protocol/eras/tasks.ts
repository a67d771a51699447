import type { RpcError } from "../errors.ts";
import type { JsonRpcErrorObject, Params } from "../jsonrpc.ts";
import type { ClientCapabilities } from "../types.ts";
import type { Identity } from "./revision.ts";

/** A task as its client may see it, before any revision's encoding. */
export interface TaskState {
  readonly id: string;
  readonly status: "working" | "input_required" | "completed" | "failed" | "cancelled";
  readonly statusMessage?: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  /** What the client is asked, by the names of the questions. */
  readonly questions: { readonly [key: string]: unknown };
  /** Present when the task has completed or failed. */
  readonly end?: { readonly result: unknown } | { readonly error: JsonRpcErrorObject } | undefined;
}

/** How a revision speaks of tasks. */
export interface TaskForms {
  /** Whether a client with these capabilities may use the methods of tasks. */
  knownTo(capabilities: ClientCapabilities): boolean;
  /** Whether a call with these parameters may become a task. */
  wantedBy(capabilities: ClientCapabilities, params: Params | undefined): boolean;
  /**
   * How long the client wants a task to be kept, in milliseconds.
   * @throws RpcError when it says that wrongly
   */
  ttlOf(params: Params | undefined): number | undefined;
  /** Whether a call of a tool that is no task is refused when its client wants one; otherwise that is ignored. */
  readonly refusesUnfit: boolean;
  /** The error of a client that does not speak of tasks where it must. */
  required(what: string): RpcError;
  /** The JSON of the result that tells of a new task (`created`), or of how one is. */
  encode(task: TaskState, identity: Identity, created: boolean): string;
  /** What tells a client that a task has changed. */
  notification(task: TaskState): { readonly method: string; readonly params: Params };
  /** A message that belongs to a task, with what says so. */
  related<T extends object>(taskId: string, value: T): T;
  /** Whether ending a task that has ended already is refused; otherwise that is ignored. */
  readonly refusesEnded: boolean;
  /** Whether clients are told how a task is when they cancel it; otherwise they look for themselves. */
  readonly showsCancelled: boolean;
}

/** What every revision says of a task in the same words. */
export function commonMembers({ id, createdAt, updatedAt }: TaskState) {
  return {
    taskId: id,
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
  };
}

/** The message that a task has with its status: its own, or that of the error in which it failed. */
export function statusMessageOf({ statusMessage, end }: TaskState): { statusMessage?: string } {
  const message = statusMessage ?? (end !== undefined && "error" in end ? end.error.message : undefined);
  return message === undefined ? {} : { statusMessage: message };
}
