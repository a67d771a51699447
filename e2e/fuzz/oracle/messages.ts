import { RevisionSchema } from "../../../packages/slipway/test/schema/index.ts";
import { fault } from "../fault.ts";
import { type Revision as Known, type Message, MODERN, REVISIONS } from "../generate/messages.ts";
import { checkClean } from "./hygiene.ts";

const SCHEMAS = new Map<string, RevisionSchema>(
  REVISIONS.map((revision) => [revision, new RevisionSchema(revision)]),
);

/** Texts that were found to be valid, without what differs from one to the next. */
const valid = new Set<string>();
const MAX_KNOWN = 20_000;

export interface Told {
  /** What the client sent, with all that may come back. */
  readonly sent: string;
  readonly revision: string;
  /** Of the request that is answered, where it is known. */
  readonly method?: string | undefined;
}

/** A message of a server: valid in its revision, and clean. */
export function checkMessage(text: string, { sent, revision, method }: Told): Message {
  checkClean(text, sent);
  const message = parse(text);
  const known = `${revision} ${method} ${skeletonOf(message)}`;
  if (valid.has(known)) return message;
  const problems = problemsOf(message, revision, method);
  if (problems.length > 0)
    fault(`A message is not of ${revision}: ${problems.slice(0, 4).join("; ")}`, text, sent);
  if (valid.size > MAX_KNOWN) valid.clear();
  valid.add(known);
  return message;
}

function parse(text: string): Message {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    fault("A message is not JSON", text);
  }
  if (typeof message !== "object" || message === null || Array.isArray(message))
    fault("A message is no object", text);
  if ((message as Message).jsonrpc !== "2.0") fault("A message is not of JSON-RPC 2.0", text);
  return message as Message;
}

/** What decides whether a message is valid; of an error its words do not. */
function skeletonOf({ id, ...rest }: Message): string {
  const kind = id === undefined ? "" : typeof id;
  const error = rest.error as { code?: unknown; message?: unknown } | undefined;
  if (typeof error?.message !== "string") return kind + JSON.stringify(rest);
  return `${kind}${JSON.stringify({ ...rest, error: { ...error, message: error.message === "" } })}`;
}

/** In the place of a method, where an id was used for several: whose result it is, nobody can tell. */
export const MANY = "*";

/** Results of methods that the schema's own list of results leaves out. */
const TASK_RESULTS: { readonly [method: string]: string } = {
  "tasks/get": "GetTaskResult",
  "tasks/cancel": "CancelTaskResult",
  "tasks/list": "ListTasksResult",
  "tasks/result": "CallToolResult",
};

function problemsOf(message: Message, revision: string, method: string | undefined): string[] {
  // Before 2025-11-25 no error could be without id; what cannot be read has none all the same.
  const spoken = message.error !== undefined && message.id === undefined ? "2025-11-25" : revision;
  if (
    method === MANY ||
    (message.method === undefined && message.error === undefined && method === undefined)
  )
    return [];
  const schema = SCHEMAS.get(spoken);
  if (schema === undefined) return [`"${revision}" is no revision`];
  if (isOfTasks(message, method)) {
    return revision === MODERN ? extensionProblems(message) : taskProblems(schema, message, method ?? "");
  }
  if (message.method === "notifications/subscriptions/acknowledged") {
    return schema.problemsOf(withoutTaskIds(message) as never);
  }
  return schema.problemsOf(message as never, method);
}

function isOfTasks(message: Message, method: string | undefined): boolean {
  if (message.method !== undefined) return message.method.startsWith("notifications/tasks");
  const result = message.result as { task?: unknown; resultType?: unknown } | undefined;
  if (result === undefined) return false;
  return (
    (method !== undefined && Object.hasOwn(TASK_RESULTS, method)) ||
    method === "tasks/update" ||
    result.task !== undefined ||
    result.resultType === "task"
  );
}

function taskProblems(schema: RevisionSchema, message: Message, method: string): string[] {
  if (message.method !== undefined) return schema.problemsOf(message as never);
  return schema.check(TASK_RESULTS[method] ?? "CreateTaskResult", message.result);
}

const STATUSES = ["working", "input_required", "completed", "failed", "cancelled"];

/**
 * What the extension's own document says of a task.
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
 */
function extensionProblems(message: Message): string[] {
  const task = (message.params ?? message.result) as { [name: string]: unknown };
  const { resultType, _meta, ...rest } = task;
  if (message.method === undefined && resultType !== "task" && resultType !== "complete")
    return [`resultType is ${JSON.stringify(resultType)}`];
  // What only acknowledges has nothing else.
  if (Object.keys(rest).length === 0) return [];
  const { taskId, status, createdAt, lastUpdatedAt, ttlMs, pollIntervalMs } = rest;
  const problems: string[] = [];
  if (typeof taskId !== "string") problems.push("taskId is no string");
  if (!STATUSES.includes(status as string)) problems.push(`status is ${JSON.stringify(status)}`);
  for (const time of [createdAt, lastUpdatedAt])
    if (typeof time !== "string" || Number.isNaN(Date.parse(time))) problems.push("a time is none");
  if (!Number.isInteger(ttlMs) || !Number.isInteger(pollIntervalMs)) problems.push("a number of ms is none");
  if (resultType === "task") return problems;
  if ((status === "input_required") !== (typeof rest["inputRequests"] === "object"))
    problems.push(`inputRequests do not fit ${status}`);
  if ((status === "completed") !== (typeof rest["result"] === "object"))
    problems.push(`result does not fit ${status}`);
  if ((status === "failed") !== (typeof rest["error"] === "object"))
    problems.push(`error does not fit ${status}`);
  return problems;
}

function withoutTaskIds(message: Message): Message {
  const { notifications, ...params } = message.params as { notifications: { taskIds?: unknown } };
  const { taskIds, ...rest } = notifications;
  if (taskIds !== undefined && !(Array.isArray(taskIds) && taskIds.every((id) => typeof id === "string")))
    fault("taskIds are no list of ids", JSON.stringify(message));
  return { ...message, params: { ...params, notifications: rest } };
}

export function isKnown(revision: string | undefined): revision is Known {
  return revision !== undefined && SCHEMAS.has(revision);
}
