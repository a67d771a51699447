import { RpcError } from "../../protocol/errors.ts";
import { isObject } from "../../protocol/jsonrpc.ts";
import type { CallToolResult } from "../../protocol/types.ts";
import type { Connection } from "../connection.ts";
import { pause } from "../deadline.ts";
import { ClientError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import { answersTo } from "../rounds.ts";
import type { Result } from "../types.ts";
import { type DetailedTask, isTerminal, type TaskStatus } from "./status.ts";

/** How long to wait between two looks at a task whose server has not said it, in milliseconds. */
const POLL_MS = 1000;

export interface TaskResultOptions extends RequestOptions {
  /** Called with each new status. */
  onStatus?: (status: TaskStatus) => void;
}

/**
 * A call that goes on without its request. Its id may be kept, and found again by {@link McpClient.task} after a restart.
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
export class Task {
  readonly taskId: string;
  readonly #connection: Connection;
  /** Questions that were answered, by their names. */
  readonly #answered = new Set<string>();
  #last: TaskStatus | undefined;

  constructor(connection: Connection, taskId: string, status?: TaskStatus) {
    this.#connection = connection;
    this.taskId = taskId;
    this.#last = status;
  }

  /** How the task was when the server was last asked. */
  get last(): TaskStatus | undefined {
    return this.#last;
  }

  /** Asks how the task is. */
  async get(options: RequestOptions = {}): Promise<TaskStatus> {
    const { inputRequests: _, result: __, error: ___, ...status } = await this.#look(options);
    return status;
  }

  async #look(options: RequestOptions): Promise<DetailedTask> {
    const task = readTask(await this.#connection.call("tasks/get", { taskId: this.taskId }, options));
    this.#last = task;
    return task;
  }

  /**
   * Waits for the task's end, and answers what it asks meanwhile. Giving up the wait leaves the task as it is.
   * @throws RpcError when the task failed; ClientError `closed` when it was cancelled
   */
  async result(options: TaskResultOptions = {}): Promise<CallToolResult> {
    const { onStatus, onProgress: _, ...request } = options;
    const { side } = await this.#connection.established();
    const { handshake } = side.revision;
    for (let before: string | undefined; ; ) {
      const task = await this.#look(request);
      const now = `${task.status} ${task.lastUpdatedAt} ${task.statusMessage}`;
      if (now !== before) onStatus?.(task);
      before = now;
      if (task.status === "cancelled") {
        throw new ClientError(
          "closed",
          `The task was cancelled${task.statusMessage ? `: ${task.statusMessage}` : "."}`,
        );
      }
      if (handshake && (isTerminal(task) || task.status === "input_required"))
        return this.#fetchResult(options);
      if (task.status === "completed") return task.result as CallToolResult;
      if (task.status === "failed") throw failureOf(task);
      if (task.status === "input_required") await this.#answer(task.inputRequests, request);
      await pause(task.pollIntervalMs ?? POLL_MS, options.signal);
    }
  }

  /** What the task asks comes while this waits, where revisions have a request for the result. */
  async #fetchResult(options: RequestOptions): Promise<CallToolResult> {
    const endless = {
      ...options,
      timeoutMs: Number.POSITIVE_INFINITY,
      maxTimeoutMs: Number.POSITIVE_INFINITY,
    };
    const result = await this.#connection.call("tasks/result", { taskId: this.taskId }, endless);
    return result as unknown as CallToolResult;
  }

  async #answer(requests: unknown, options: RequestOptions): Promise<void> {
    const open = Object.entries(isObject(requests) ? requests : {}).filter(
      ([key]) => !this.#answered.has(key),
    );
    if (open.length === 0) return;
    const inputResponses = await answersTo(Object.fromEntries(open), this.#connection.asks, options.signal);
    await this.#connection.call("tasks/update", { taskId: this.taskId, inputResponses }, options);
    for (const [key] of open) this.#answered.add(key);
  }

  /** Asks the server to end the task, which it may do late or never: {@link get} tells. */
  async cancel(options: RequestOptions = {}): Promise<void> {
    await this.#connection.call("tasks/cancel", { taskId: this.taskId }, options);
  }
}

function failureOf({ error, statusMessage }: DetailedTask): Error {
  if (error !== undefined) return new RpcError(error.code, error.message, error.data);
  return new ClientError("protocol", `The task failed: ${statusMessage ?? "the server does not say why"}.`);
}

/** A task in the names of the newest revision. @throws ClientError when it is none */
export function readTask(given: unknown): DetailedTask {
  if (!isObject(given) || typeof given["taskId"] !== "string" || typeof given["status"] !== "string") {
    throw new ClientError("protocol", "The server sent a task without id or status.");
  }
  const { resultType: _, _meta: __, ttl, pollInterval, ...task } = given as Result;
  return {
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(pollInterval !== undefined && { pollIntervalMs: pollInterval }),
    ...task,
  } as unknown as DetailedTask;
}
