import { ERROR_CODES, invalidParams, RpcError } from "../../errors.ts";
import { describe, isObject } from "../../jsonrpc.ts";
import { commonMembers, statusMessageOf, type TaskForms, type TaskState } from "../tasks.ts";

const RELATED_TASK = "io.modelcontextprotocol/related-task";

/** A tool's failure fails the task here. */
function failureOf({ status, end }: TaskState): { status: string; statusMessage?: string } {
  const result = end !== undefined && "result" in end ? end.result : undefined;
  if (status !== "completed" || !isObject(result) || result["isError"] !== true) return { status };
  const [block] = Array.isArray(result["content"]) ? result["content"] : [];
  const text = isObject(block) && typeof block["text"] === "string" ? block["text"] : undefined;
  return { status: "failed", ...(text !== undefined && { statusMessage: text }) };
}

function shown(task: TaskState): { readonly [key: string]: unknown } {
  const { ttlMs: ttl, pollIntervalMs: pollInterval } = task;
  return { ...commonMembers(task), ...failureOf(task), ...statusMessageOf(task), ttl, pollInterval };
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks */
export const EXPERIMENTAL_TASKS: TaskForms = {
  knownTo: () => true,
  wantedBy: (_capabilities, params) => params?.["task"] !== undefined,
  ttlOf: (params) => {
    const task = params?.["task"];
    if (!isObject(task)) throw invalidParams(`"task" must be an object, got ${describe(task)}.`);
    const { ttl } = task;
    if (ttl === undefined || ttl === null) return undefined;
    if (typeof ttl === "number" && ttl >= 0) return ttl;
    throw invalidParams(`"task.ttl" must be a number of milliseconds, got ${describe(ttl)}.`);
  },
  refusesUnfit: true,
  refusesEnded: true,
  showsCancelled: true,
  required: (what) =>
    new RpcError(ERROR_CODES.METHOD_NOT_FOUND, `${what}: send its call with a "task" parameter.`),
  encode: (task, _identity, created) => JSON.stringify(created ? { task: shown(task) } : shown(task)),
  notification: (task) => ({ method: "notifications/tasks/status", params: shown(task) }),
  related: (taskId, value) => {
    const { _meta: meta } = value as { readonly _meta?: unknown };
    return { ...value, _meta: { ...(isObject(meta) ? meta : {}), [RELATED_TASK]: { taskId } } };
  },
};
