import type { Task, TaskAdapter, TaskEnd, TaskRequest } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { idText, textId } from "../sql/text.ts";
import { answerTask } from "./commands/answer-task.ts";
import { askTask } from "./commands/ask-task.ts";
import { cancelTask } from "./commands/cancel-task.ts";
import { claimTask } from "./commands/claim-task.ts";
import { createTask } from "./commands/create-task.ts";
import { describeTask } from "./commands/describe-task.ts";
import { finishTask } from "./commands/finish-task.ts";
import { getTask } from "./commands/get-task.ts";
import { listTasks } from "./commands/list-tasks.ts";
import { saveTask } from "./commands/save-task.ts";
import { taskAnswers } from "./commands/task-answers.ts";
import { workingTasks } from "./commands/working-tasks.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

export class SqliteTaskAdapter implements TaskAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  create(id: string, request: TaskRequest, owner: string): Task {
    this.#sweeper.sweep();
    return createTask(this.#db, idText(id), request, idText(owner), Date.now());
  }

  get(id: string): Task | undefined {
    return getTask(this.#db, idText(id), Date.now());
  }

  list(principal: string, after: string | undefined, limit: number): Task[] {
    const from = after === undefined ? null : idText(after);
    return listTasks(this.#db, idText(principal), from, limit, Date.now());
  }

  claim(id: string, expected: string | undefined, owner: string): Task | undefined {
    const from = expected === undefined ? null : idText(expected);
    return claimTask(this.#db, idText(id), from, idText(owner), Date.now());
  }

  working(limit: number): { readonly id: string; readonly owner?: string }[] {
    return workingTasks(this.#db, limit, Date.now()).map(({ id, owner }) => ({
      id: textId(id),
      owner: owner === null ? undefined : textId(owner),
    }));
  }

  save(id: string, owner: string, journal: unknown): boolean {
    const text = jsonText(journal, "a task's journal");
    return saveTask(this.#db, idText(id), idText(owner), text, Date.now());
  }

  describe(id: string, owner: string, statusMessage: string): boolean {
    return describeTask(this.#db, idText(id), idText(owner), idText(statusMessage), Date.now());
  }

  ask(id: string, owner: string, journal: unknown, questions: { readonly [key: string]: unknown }): boolean {
    const texts = entryTexts(questions, "a task's question");
    const text = jsonText(journal, "a task's journal");
    return askTask(this.#db, idText(id), idText(owner), text, texts, Date.now());
  }

  answer(id: string, answers: { readonly [key: string]: unknown }): Task | undefined {
    return answerTask(this.#db, idText(id), entryTexts(answers, "an answer"), Date.now());
  }

  answers(id: string): { readonly [key: string]: unknown } {
    const rows = taskAnswers(this.#db, idText(id), Date.now());
    return Object.fromEntries(rows.map(({ name, answer }) => [textId(name), JSON.parse(answer)]));
  }

  finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): boolean {
    const text = jsonText(end, "a task's end");
    return finishTask(this.#db, idText(id), idText(owner), status, text, Date.now());
  }

  cancel(id: string): Task | undefined {
    return cancelTask(this.#db, idText(id), Date.now());
  }
}

function entryTexts(values: { readonly [key: string]: unknown }, what: string): [string, string][] {
  return Object.entries(values).map(([key, value]) => [idText(key), jsonText(value, what)]);
}
