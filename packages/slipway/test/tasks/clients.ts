import type { ClientCapabilities } from "slipway";
import { ALL_CAPABILITIES, openWire, type Wire } from "../support/index.ts";
import type { Ask } from "../support/stream.ts";

export const EXTENSION = "io.modelcontextprotocol/tasks";
export const RELATED = "io.modelcontextprotocol/related-task";

/** What a client declares that knows tasks; in 2025-11-25 there is nothing to declare. */
export const WITH_TASKS: ClientCapabilities = { ...ALL_CAPABILITIES, extensions: { [EXTENSION]: {} } };

// biome-ignore lint/suspicious/noExplicitAny: tests look into results of any kind
type Result = any;

export function openTaskWire(
  server: Parameters<typeof openWire>[0],
  options: Parameters<typeof openWire>[1],
): Promise<Wire> {
  return openWire(server, { capabilities: WITH_TASKS, ...options });
}

/** Calls a tool so that it becomes a task, and gives what is told of the task. */
export async function startTask(wire: Wire, name: string, args: object = {}): Promise<Result> {
  const wanted = wire.era === "legacy" ? { task: {} } : {};
  const reply = await wire.request("tools/call", { name, arguments: args, ...wanted });
  return wire.era === "legacy" ? reply.result["task"] : reply.result;
}

export async function getTask(wire: Wire, taskId: string): Promise<Result> {
  return (await wire.request("tasks/get", { taskId })).result;
}

export async function taskUntil(wire: Wire, taskId: string, ...statuses: string[]): Promise<Result> {
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; ) {
    const task = await getTask(wire, taskId);
    if (statuses.includes(task.status)) return task;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`The task never was ${statuses.join(" or ")}.`);
}

/** Waits for the end of a task as the revision has it, answering what the task asks; its result, or its error. */
export async function endOf(
  wire: Wire,
  taskId: string,
  answer: (ask: Ask) => object = () => {
    throw new Error("The task asks something.");
  },
): Promise<{ result?: Result; error?: Result; asks: string[] }> {
  const asks: string[] = [];
  const take = (ask: Ask) => {
    asks.push((ask.params as { message: string }).message);
    return answer(ask);
  };
  if (wire.era === "legacy") {
    const reply = await wire.request("tasks/result", { taskId }, { answers: take });
    const { result, error } = reply.response as Result;
    return { ...(result && { result }), ...(error && { error }), asks };
  }
  for (;;) {
    const task = await taskUntil(wire, taskId, "input_required", "completed", "failed", "cancelled");
    if (task.status !== "input_required") {
      return { ...(task.result && { result: task.result }), ...(task.error && { error: task.error }), asks };
    }
    const inputResponses = Object.fromEntries(
      Object.entries(task.inputRequests as Record<string, Ask>).map(([key, ask]) => [key, take(ask)]),
    );
    await wire.request("tasks/update", { taskId, inputResponses });
  }
}
