import { ERROR_CODES, RpcError } from "../../errors.ts";
import { isObject } from "../../jsonrpc.ts";
import type { ClientCapabilities } from "../../types.ts";
import { commonMembers, statusMessageOf, type TaskForms, type TaskState } from "../tasks.ts";

/** @see https://modelcontextprotocol.io/seps/2663-tasks-extension */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

function declared({ extensions }: ClientCapabilities): boolean {
  return isObject(extensions) && isObject(extensions[TASKS_EXTENSION]);
}

function members(task: TaskState): { readonly [key: string]: unknown } {
  const { status, ttlMs, pollIntervalMs } = task;
  return { ...commonMembers(task), status, ...statusMessageOf(task), ttlMs, pollIntervalMs };
}

function detailed(task: TaskState): { readonly [key: string]: unknown } {
  const { status, questions, end } = task;
  if (status === "input_required") return { ...members(task), inputRequests: questions };
  // What completed or failed has its result or its error beside the status.
  return { ...members(task), ...end };
}

/**
 * The extension `io.modelcontextprotocol/tasks`.
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
 */
export const EXTENSION_TASKS: TaskForms = {
  knownTo: declared,
  wantedBy: declared,
  ttlOf: () => undefined,
  refusesUnfit: false,
  refusesEnded: false,
  showsCancelled: false,
  required: (what) =>
    new RpcError(
      ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
      `${what}, for which the client must declare the extension "${TASKS_EXTENSION}".`,
      { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
      400,
    ),
  encode: (task, identity, created) => {
    const json = JSON.stringify({
      resultType: created ? "task" : "complete",
      ...(created ? members(task) : detailed(task)),
    });
    return `${json.slice(0, -1)},"_meta":${identity.metaJson}}`;
  },
  notification: (task) => ({ method: "notifications/tasks", params: detailed(task) }),
  related: (_taskId, value) => value,
};
