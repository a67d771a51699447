import type { Ask, TaskForms, TaskState } from "../../protocol/eras/index.ts";
import { ERROR_CODES, invalidParams, methodNotFound, RpcError } from "../../protocol/errors.ts";
import { describe, isObject } from "../../protocol/jsonrpc.ts";
import type { Call } from "../call.ts";
import { Context } from "../context.ts";
import type { ServerCore } from "../core.ts";
import type { Answer } from "../journal.ts";
import { EncodedJson, type Outcome } from "../outcome.ts";
import { LocalAskError } from "../replay.ts";
import { MAX_WATCHED } from "../subscriptions.ts";
import type { Tasks } from "./tasks.ts";

/** The tasks that a caller may ask about, and how its revision speaks of them. */
function tasksFor(call: Call, what: string): { readonly tasks: Tasks; readonly forms: TaskForms } {
  const { tasks, revision, client } = call;
  const forms = revision.tasks;
  if (tasks === undefined || forms === undefined) throw methodNotFound(call.method);
  if (!forms.knownTo(client.capabilities)) throw forms.required(what);
  return { tasks, forms };
}

function taskIdOf(call: Call): string {
  const id = call.params?.["taskId"];
  if (typeof id !== "string") throw invalidParams(`"taskId" must be a string, got ${describe(id)}.`);
  return id;
}

export async function getTask(_core: ServerCore, call: Call): Promise<Outcome> {
  const { tasks } = tasksFor(call, `${call.method} is for tasks`);
  return { kind: "task", task: await tasks.get(call, taskIdOf(call)), created: false };
}

/** @see https://modelcontextprotocol.io/seps/2663-tasks-extension */
export async function updateTask(_core: ServerCore, call: Call): Promise<Outcome> {
  const { tasks } = tasksFor(call, `${call.method} is for tasks`);
  const id = taskIdOf(call);
  const responses = call.params?.["inputResponses"];
  if (!isObject(responses) || !Object.values(responses).every(isObject)) {
    throw invalidParams(
      `"inputResponses" must be an object whose values are the results of the input requests.`,
    );
  }
  const answers = Object.entries(responses).map(([key, result]) => [key, { result }] as const);
  await tasks.answer(call, id, Object.fromEntries(answers));
  return { kind: "complete", result: {} };
}

export async function cancelTask(_core: ServerCore, call: Call): Promise<Outcome> {
  const { tasks, forms } = tasksFor(call, `${call.method} is for tasks`);
  const id = taskIdOf(call);
  if (forms.refusesEnded) refuseEnded(await tasks.get(call, id));
  const task = await tasks.cancel(call, id);
  if (!forms.showsCancelled) return { kind: "complete", result: {} };
  if (task.status !== "cancelled") refuseEnded(task);
  return { kind: "task", task, created: false };
}

function hasEnded({ status }: TaskState): boolean {
  return status !== "working" && status !== "input_required";
}

function refuseEnded(task: TaskState): void {
  if (hasEnded(task)) throw invalidParams(`The task has ended already: its status is "${task.status}".`);
}

/**
 * Waits for the end of a task, and asks its client meanwhile what the task wants to know.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#result-retrieval
 */
export async function taskResult(_core: ServerCore, call: Call, ctx: Context): Promise<Outcome> {
  const { tasks, forms } = tasksFor(call, `${call.method} is for tasks`);
  const id = taskIdOf(call);
  const asked = new Set<string>();
  let failure: unknown;
  const relay = async (key: string, question: Ask): Promise<void> => {
    const ask: Ask = { method: question.method, params: forms.related(id, question.params) };
    await tasks.answer(call, id, { [key]: await answerOf(ctx, ask, key) });
  };
  for (;;) {
    const waiting = new AbortController();
    const changed = tasks.change(id, AbortSignal.any([call.signal, waiting.signal]));
    try {
      const task = await tasks.get(call, id);
      if (hasEnded(task)) return endOf(task, forms);
      for (const [key, question] of Object.entries(task.questions)) {
        if (asked.has(key)) continue;
        asked.add(key);
        relay(key, question as Ask).catch((error) => {
          failure ??= error;
          waiting.abort();
        });
      }
      await changed;
    } finally {
      waiting.abort();
    }
    if (failure !== undefined) throw failure;
    call.signal.throwIfAborted();
  }
}

/** @throws LocalAskError when the client cannot be asked now */
async function answerOf(ctx: Context, ask: Ask, key: string): Promise<Answer> {
  try {
    return { result: await Context.relay(ctx, ask, key) };
  } catch (error) {
    if (!(error instanceof RpcError) || error instanceof LocalAskError) throw error;
    return { error: error.toJSON() };
  }
}

function endOf({ id, end }: TaskState, forms: TaskForms): Outcome {
  if (end === undefined) {
    return { kind: "error", error: new RpcError(ERROR_CODES.INTERNAL_ERROR, "The task was cancelled.") };
  }
  if ("result" in end) return { kind: "complete", result: forms.related(id, end.result as object) };
  const { code, message, data } = end.error;
  return { kind: "error", error: new RpcError(code, message, data) };
}

/**
 * Those of the tasks that are the caller's: of all others nobody is told how they are.
 * @throws RpcError when the client did not declare that it knows tasks
 */
export async function watchable(call: Call, taskIds: unknown): Promise<string[]> {
  const { tasks } = tasksFor(call, `"notifications.taskIds" is for tasks`);
  if (!Array.isArray(taskIds) || !taskIds.every((id) => typeof id === "string")) {
    throw invalidParams(`"notifications.taskIds" must be an array of the ids of tasks.`);
  }
  if (taskIds.length > MAX_WATCHED) {
    throw invalidParams(`"notifications.taskIds" may name ${MAX_WATCHED} tasks, got ${taskIds.length}.`);
  }
  const found = await Promise.all(
    taskIds.map((id) =>
      tasks.get(call, id).then(
        () => true,
        (error) => {
          if (error instanceof RpcError) return false;
          throw error;
        },
      ),
    ),
  );
  return taskIds.filter((_, index) => found[index]);
}

/** How many tasks a page of the list holds. */
const PAGE = 100;

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#listing-tasks */
export async function listTasks(core: ServerCore, call: Call): Promise<Outcome> {
  const { tasks, forms } = tasksFor(call, `${call.method} is for tasks`);
  if (!tasks.lists(call)) throw methodNotFound(call.method);
  const cursor = call.params?.["cursor"];
  if (cursor !== undefined && typeof cursor !== "string") {
    throw invalidParams(`"cursor" must be a string, got ${describe(cursor)}.`);
  }
  // The last one of the page before; to whom it does not belong, there is no such page.
  if (cursor !== undefined) await tasks.get(call, cursor).catch(() => unknownCursor());
  const found = await tasks.list(call, cursor, PAGE + 1);
  const page = found.slice(0, PAGE);
  const next = found.length > PAGE ? `,"nextCursor":${JSON.stringify(page.at(-1)?.id)}` : "";
  const items = page.map((task) => forms.encode(task, core.identity, false));
  return { kind: "encoded", json: new EncodedJson(`{"tasks":[${items.join(",")}]${next}}`) };
}

function unknownCursor(): never {
  throw invalidParams(`"cursor" is none that was given out, or its task has expired: begin anew.`);
}
