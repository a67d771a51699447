import type { Task, TaskAdapter, TaskEnd, TaskRequest } from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import { idText, textId } from "../../sql/text.ts";
import type { Command, Given } from "./commands.ts";
import type { Objects } from "./objects.ts";

/** Keeps all tasks in one object, since they are listed in one order, and looked through for what nobody runs. */
export class DurableTaskAdapter implements TaskAdapter {
  readonly #objects: Objects;
  readonly #present: () => Promise<void>;

  /** @param present resolves when others see that this instance lives, before it owns a task */
  constructor(objects: Objects, present: () => Promise<void>) {
    this.#objects = objects;
    this.#present = present;
  }

  #call<C extends Command>(command: C, ...given: Given<C>) {
    return this.#objects.call("tasks", command, ...given);
  }

  async create(id: string, request: TaskRequest, owner: string): Promise<Task> {
    const { principal, tenant, ttlMs } = request;
    const call = jsonText(request.call, "a task's call");
    await this.#present();
    return this.#call("createTask", idText(id), idText(owner), principal, tenant, call, ttlMs);
  }

  get(id: string): Promise<Task | undefined> {
    return this.#call("getTask", idText(id));
  }

  list(principal: string, after: string | undefined, limit: number): Promise<Task[]> {
    return this.#call("listTasks", idText(principal), after === undefined ? null : idText(after), limit);
  }

  async claim(id: string, expected: string | undefined, owner: string): Promise<Task | undefined> {
    await this.#present();
    return this.#call(
      "claimTask",
      idText(id),
      expected === undefined ? null : idText(expected),
      idText(owner),
    );
  }

  async working(limit: number): Promise<{ readonly id: string; readonly owner?: string }[]> {
    const rows = await this.#call("workingTasks", limit);
    return rows.map(({ id, owner }) => ({
      id: textId(id),
      owner: owner === null ? undefined : textId(owner),
    }));
  }

  async save(id: string, owner: string, journal: unknown): Promise<boolean> {
    return this.#call("saveTask", idText(id), idText(owner), jsonText(journal, "a task's journal"));
  }

  describe(id: string, owner: string, statusMessage: string): Promise<boolean> {
    return this.#call("describeTask", idText(id), idText(owner), idText(statusMessage));
  }

  async ask(
    id: string,
    owner: string,
    journal: unknown,
    questions: { readonly [key: string]: unknown },
  ): Promise<boolean> {
    const texts = entryTexts(questions, "a task's question");
    return this.#call("askTask", idText(id), idText(owner), jsonText(journal, "a task's journal"), texts);
  }

  async answer(id: string, answers: { readonly [key: string]: unknown }): Promise<Task | undefined> {
    return this.#call("answerTask", idText(id), entryTexts(answers, "an answer"));
  }

  async answers(id: string): Promise<{ readonly [key: string]: unknown }> {
    const rows = await this.#call("taskAnswers", idText(id));
    return Object.fromEntries(rows.map(({ name, answer }) => [textId(name), JSON.parse(answer)]));
  }

  async finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): Promise<boolean> {
    return this.#call("finishTask", idText(id), idText(owner), status, jsonText(end, "a task's end"));
  }

  cancel(id: string): Promise<Task | undefined> {
    return this.#call("cancelTask", idText(id));
  }
}

function entryTexts(values: { readonly [key: string]: unknown }, what: string): [string, string][] {
  return Object.entries(values).map(([key, value]) => [idText(key), jsonText(value, what)]);
}
