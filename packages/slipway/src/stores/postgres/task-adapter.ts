import type { Task, TaskAdapter, TaskEnd, TaskRequest } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { idInUse } from "../sql/errors.ts";
import { whole } from "../sql/options.ts";
import { type TaskRow, taskOf } from "../sql/rows.ts";
import { idText, textId } from "../sql/text.ts";
import {
  answerTask,
  askTask,
  cancelTask,
  claimTask,
  createTask,
  describeTask,
  finishTask,
  getTask,
  listTasks,
  saveTask,
  taskAnswers,
  workingTasks,
} from "./commands/tasks.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

interface ShownTask extends TaskRow {
  /** Of the open questions. */
  readonly names: readonly string[];
  readonly questions: readonly string[];
}

export class PostgresTaskAdapter implements TaskAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  async create(id: string, request: TaskRequest, owner: string): Promise<Task> {
    this.#sweeper.sweep();
    const { principal, tenant, ttlMs } = request;
    const [row] = await this.#db.run<ShownTask>(
      createTask,
      idText(id),
      idText(principal),
      tenant === undefined ? null : idText(tenant),
      jsonText(request.call, "a task's call"),
      ttlMs,
      whole(ttlMs),
      idText(owner),
    );
    if (row === undefined) throw idInUse("task");
    return shown(row);
  }

  async get(id: string): Promise<Task | undefined> {
    const [row] = await this.#db.run<ShownTask>(getTask, idText(id));
    return row && shown(row);
  }

  async list(principal: string, after: string | undefined, limit: number): Promise<Task[]> {
    const from = after === undefined ? null : idText(after);
    return (await this.#db.run<ShownTask>(listTasks, idText(principal), from, whole(limit))).map(shown);
  }

  async claim(id: string, expected: string | undefined, owner: string): Promise<Task | undefined> {
    const from = expected === undefined ? null : idText(expected);
    const [row] = await this.#db.run<ShownTask>(claimTask, idText(id), from, idText(owner));
    return row && shown(row);
  }

  async working(limit: number): Promise<{ readonly id: string; readonly owner?: string }[]> {
    const rows = await this.#db.run<{ id: string; owner: string | null }>(workingTasks, whole(limit));
    return rows.map(({ id, owner }) => ({
      id: textId(id),
      owner: owner === null ? undefined : textId(owner),
    }));
  }

  async save(id: string, owner: string, journal: unknown): Promise<boolean> {
    const text = jsonText(journal, "a task's journal");
    return (await this.#db.run(saveTask, idText(id), idText(owner), text)).length > 0;
  }

  async describe(id: string, owner: string, statusMessage: string): Promise<boolean> {
    return (await this.#db.run(describeTask, idText(id), idText(owner), idText(statusMessage))).length > 0;
  }

  async ask(
    id: string,
    owner: string,
    journal: unknown,
    questions: { readonly [key: string]: unknown },
  ): Promise<boolean> {
    const [row] = await this.#db.run<{ asked: boolean }>(
      askTask,
      idText(id),
      idText(owner),
      jsonText(journal, "a task's journal"),
      Object.keys(questions).map(idText),
      Object.values(questions).map((question) => jsonText(question, "a task's question")),
    );
    return row?.asked ?? false;
  }

  async answer(id: string, answers: { readonly [key: string]: unknown }): Promise<Task | undefined> {
    const [row] = await this.#db.run<ShownTask>(
      answerTask,
      idText(id),
      Object.keys(answers).map(idText),
      Object.values(answers).map((answer) => jsonText(answer, "an answer")),
    );
    return row && shown(row);
  }

  async answers(id: string): Promise<{ readonly [key: string]: unknown }> {
    const rows = await this.#db.run<{ name: string; answer: string }>(taskAnswers, idText(id));
    return Object.fromEntries(rows.map(({ name, answer }) => [textId(name), JSON.parse(answer)]));
  }

  async finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): Promise<boolean> {
    const text = jsonText(end, "a task's end");
    return (await this.#db.run(finishTask, idText(id), idText(owner), status, text)).length > 0;
  }

  async cancel(id: string): Promise<Task | undefined> {
    const [row] = await this.#db.run<ShownTask>(cancelTask, idText(id));
    return row && shown(row);
  }
}

function shown(row: ShownTask): Task {
  const open = row.names.map((name, index) => ({ name, question: row.questions[index] ?? "null" }));
  return taskOf(row, open);
}
