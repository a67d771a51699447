import type { Task, TaskAdapter, TaskRequest } from "../../ports/index.ts";
import { assert, assertEqual } from "../assert.ts";
import type { ContractCase } from "../contract.ts";

export type TaskCase = ContractCase<TaskAdapter>;

export const MINUTE = 60_000;

export const REQUEST: TaskRequest = {
  principal: '["tenant","subject"]',
  tenant: "tenant",
  call: { method: "tools/call", params: { name: "contract" } },
  ttlMs: MINUTE,
};

export const RESULT = { content: [{ type: "text", text: "done" }] };

/** A task that is `working`, owned by `owner`. */
export async function created(adapter: TaskAdapter, owner = "owner", ttlMs = MINUTE): Promise<string> {
  const id = crypto.randomUUID();
  await adapter.create(id, { ...REQUEST, ttlMs }, owner);
  return id;
}

/** A task that waits for the answers to these questions. */
export async function asking(adapter: TaskAdapter, keys: readonly string[]): Promise<string> {
  const id = await created(adapter);
  assertEqual(await adapter.ask(id, "owner", ["asked"], questions(keys)), true, "ask()");
  return id;
}

/** A task that has its answers and waits for somebody who goes on with it. */
export async function waiting(adapter: TaskAdapter): Promise<string> {
  const id = await asking(adapter, ["q"]);
  await adapter.answer(id, { q: "a" });
  return id;
}

export function questions(keys: readonly string[]): { [key: string]: unknown } {
  return Object.fromEntries(
    keys.map((key) => [key, { method: "elicitation/create", params: { message: key } }]),
  );
}

/** The task is known, and these of its members are as expected; `undefined` means absent. */
export function assertTask(task: Task | undefined, expected: Partial<Task>): asserts task is Task {
  assert(task !== undefined, "the task is known");
  for (const [name, value] of Object.entries(expected))
    assertEqual(Reflect.get(task, name), value, `the task's ${name}`);
}

/** The tasks that are `working`, in the order of the list: their owners by their ids. */
export async function working(adapter: TaskAdapter): Promise<Map<string, string | undefined>> {
  return new Map((await adapter.working(100_000)).map(({ id, owner }) => [id, owner]));
}

/** Nothing that a worker without the task may do changes it. */
export async function assertRefused(adapter: TaskAdapter, id: string, owner: string): Promise<void> {
  const before = await adapter.get(id);
  assertEqual(await adapter.save(id, owner, "refused"), false, "save()");
  assertEqual(await adapter.describe(id, owner, "refused"), false, "describe()");
  assertEqual(await adapter.ask(id, owner, "refused", questions(["refused"])), false, "ask()");
  assertEqual(await adapter.finish(id, owner, "completed", { result: "refused" }), false, "finish()");
  assertEqual(
    await adapter.finish(id, owner, "failed", { error: { code: 1, message: "no" } }),
    false,
    "finish()",
  );
  assertEqual(await adapter.get(id), before, "the task");
}
