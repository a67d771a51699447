import type { Task, TaskAdapter, TaskEnd, TaskRequest, TaskStatus } from "../../ports/index.ts";
import { StoreUnavailableError } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { answerTask } from "./commands/answer-task.ts";
import { askTask } from "./commands/ask-task.ts";
import { cancelTask } from "./commands/cancel-task.ts";
import { claimTask } from "./commands/claim-task.ts";
import { createTask } from "./commands/create-task.ts";
import { finishTask } from "./commands/finish-task.ts";
import { listTasks } from "./commands/list-tasks.ts";
import { listWorking } from "./commands/list-working.ts";
import { placeOfTask } from "./commands/place-of-task.ts";
import { readTask } from "./commands/read-task.ts";
import { saveTask } from "./commands/save-task.ts";
import { unclaimTask } from "./commands/unclaim-task.ts";
import type { RedisConnection } from "./connection.ts";
import { Keys, shardOf, TASK_SHARDS, ttl } from "./keys.ts";
import { asFields, asList, asText } from "./reply.ts";
import { undo } from "./undo.ts";

const SHARDS = Array.from({ length: TASK_SHARDS }, (_, shard) => shard);

interface Working {
  readonly id: string;
  readonly owner?: string;
}

/**
 * Keeps tasks in Redis or Valkey. They are spread over 16 slots, and in each of them the list of tasks to be worked on
 * changes in the same step as the tasks. Every method takes one round trip, and `list` three; `working` and `list` ask for
 * the 16 lists at once. In a Cluster the order of tasks is that of its servers' clocks.
 *
 * Times are by the clock of Redis. A task's keys live for its `ttlMs`. A claim of which nobody knows whether it succeeded,
 * since Redis did not answer, is taken back.
 */
export class RedisTaskAdapter implements TaskAdapter {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#keys = new Keys(connection.prefix);
  }

  /** Rejects with an Error when the id is in use. */
  async create(id: string, request: TaskRequest, owner: string): Promise<Task> {
    const { principal, tenant, call, ttlMs } = request;
    const fields = [
      "p",
      principal,
      "c",
      jsonText(call, "a task's call"),
      "l",
      ttlMs,
      "s",
      "working",
      "o",
      owner,
    ];
    if (tenant !== undefined) fields.push("t", tenant);
    const shard = shardOf(id);
    const keys = [
      ...this.#at(id),
      this.#keys.ownTasks(shard, principal),
      this.#keys.ownTasksToEnd(shard, principal),
    ];
    const task = asTask(id, await this.#connection.run(createTask, keys, [id, ttl(ttlMs), ...fields]));
    if (task === undefined)
      throw new Error("Expected a new task's id, got one that is in use; ids must be unguessable.");
    return task;
  }

  async get(id: string): Promise<Task | undefined> {
    return asTask(id, await this.#read(id));
  }

  async list(principal: string, after: string | undefined, limit: number): Promise<Task[]> {
    const last = after === undefined ? undefined : await this.#placeOf(principal, after);
    const lists = await Promise.all(
      SHARDS.map(async (shard) => {
        // Of those with the same place, the one in the higher shard is later.
        const from = last === undefined ? "-inf" : shard > last.shard ? last.place : `(${last.place}`;
        const keys = [this.#keys.ownTasks(shard, principal), this.#keys.tasksOf(shard)];
        return asPlaces(shard, await this.#connection.run(listTasks, keys, [from, limit]));
      }),
    );
    const page = lists
      .flat()
      .sort((one, other) => one.place - other.place || one.shard - other.shard)
      .slice(0, limit);
    const tasks = await Promise.all(page.map(({ id }) => this.get(id)));
    // One may have expired meanwhile.
    return tasks.filter((task) => task !== undefined);
  }

  async #placeOf(principal: string, id: string): Promise<{ shard: number; place: number } | undefined> {
    const shard = shardOf(id);
    const keys = [this.#keys.ownTasks(shard, principal)];
    const place = asText(await this.#connection.run(placeOfTask, keys, [id]));
    return place === undefined ? undefined : { shard, place: Number(place) };
  }

  async claim(id: string, expected: string | undefined, owner: string): Promise<Task | undefined> {
    const keys = this.#at(id);
    const mark = crypto.randomUUID();
    const before = expected === undefined ? [] : [expected];
    try {
      return asTask(id, await this.#connection.run(claimTask, keys, [id, owner, mark, ...before]));
    } catch (error) {
      if (error instanceof StoreUnavailableError)
        void undo(() => this.#connection.run(unclaimTask, keys, [id, mark, ...before]));
      throw error;
    }
  }

  async working(limit: number): Promise<readonly Working[]> {
    const lists = await Promise.all(
      SHARDS.map((shard) =>
        this.#connection.run(listWorking, [this.#keys.working(shard), this.#keys.tasksOf(shard)], [limit]),
      ),
    );
    return lists
      .flatMap(asWorking)
      .sort((one, other) => one.place - other.place)
      .slice(0, limit)
      .map(({ id, owner }) => (owner === undefined ? { id } : { id, owner }));
  }

  async save(id: string, owner: string, journal: unknown): Promise<boolean> {
    return this.#change(id, owner, "j", jsonText(journal, "a task's journal"));
  }

  async describe(id: string, owner: string, statusMessage: string): Promise<boolean> {
    return this.#change(id, owner, "m", statusMessage);
  }

  async ask(
    id: string,
    owner: string,
    journal: unknown,
    questions: { readonly [key: string]: unknown },
  ): Promise<boolean> {
    const text = jsonText(journal, "a task's journal");
    const args = [id, owner, text, ...pairs(questions, "a task's question")];
    return Number(await this.#connection.run(askTask, this.#at(id), args)) === 1;
  }

  async answer(id: string, answers: { readonly [key: string]: unknown }): Promise<Task | undefined> {
    const args = [id, ...pairs(answers, "an answer to a task's question")];
    return asTask(id, await this.#connection.run(answerTask, this.#at(id), args));
  }

  async answers(id: string): Promise<{ readonly [key: string]: unknown }> {
    return keyed(asFields(await this.#read(id)), "a");
  }

  async finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): Promise<boolean> {
    const args = [id, owner, status, jsonText(end, "how a task ended")];
    return Number(await this.#connection.run(finishTask, this.#at(id), args)) === 1;
  }

  async cancel(id: string): Promise<Task | undefined> {
    return asTask(id, await this.#connection.run(cancelTask, this.#at(id), [id]));
  }

  #read(id: string): Promise<unknown> {
    return this.#connection.run(readTask, [this.#keys.task(id)]);
  }

  async #change(id: string, owner: string, field: string, value: string): Promise<boolean> {
    return Number(await this.#connection.run(saveTask, this.#at(id), [id, owner, field, value])) === 1;
  }

  /** The task, and the list of those in its slot that are working. */
  #at(id: string): [string, string] {
    return [this.#keys.task(id), this.#keys.working(shardOf(id))];
  }
}

function asTask(id: string, reply: unknown): Task | undefined {
  const fields = asFields(reply);
  const status = fields.get("s") as TaskStatus | undefined;
  if (status === undefined) return undefined;
  const json = (field: string): unknown => {
    const text = fields.get(field);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const tenant = fields.get("t");
  const statusMessage = fields.get("m");
  const owner = fields.get("o");
  const end = json("e") as TaskEnd | undefined;
  return {
    id,
    principal: fields.get("p") ?? "",
    ...(tenant !== undefined && { tenant }),
    call: json("c"),
    ttlMs: Number(fields.get("l")),
    status,
    ...(statusMessage !== undefined && { statusMessage }),
    createdAt: Number(fields.get("+")),
    updatedAt: Number(fields.get("u")),
    ...(owner !== undefined && { owner }),
    journal: json("j"),
    questions: keyed(fields, "q"),
    ...(end !== undefined && { end }),
  };
}

/** What is kept under a kind and a key. Keys are quoted there, so that none of these fields is of one letter. */
function keyed(fields: ReadonlyMap<string, string>, kind: "a" | "q"): { [key: string]: unknown } {
  const found: [string, unknown][] = [];
  for (const [field, text] of fields)
    if (field.startsWith(kind)) found.push([JSON.parse(field.slice(1)), JSON.parse(text)]);
  return Object.fromEntries(found);
}

function pairs(values: { readonly [key: string]: unknown }, what: string): string[] {
  return Object.entries(values).flatMap(([key, value]) => [JSON.stringify(key), jsonText(value, what)]);
}

function asPlaces(shard: number, reply: unknown): { shard: number; id: string; place: number }[] {
  const list = asList(reply);
  return Array.from({ length: list.length / 2 }, (_, index) => ({
    shard,
    id: String(list[2 * index]),
    place: Number(list[2 * index + 1]),
  }));
}

function asWorking(reply: unknown): (Working & { readonly place: number })[] {
  const list = asList(reply);
  return Array.from({ length: list.length / 3 }, (_, index) => ({
    id: String(list[3 * index]),
    owner: asText(list[3 * index + 1]),
    place: Number(list[3 * index + 2]),
  }));
}
