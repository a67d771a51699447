import type { Task, TaskAdapter, TaskEnd, TaskRequest, TaskStatus } from "../../ports/index.ts";
import { bound } from "./bound.ts";
import { type Entry, ExpiringMap } from "./expiring-map.ts";
import { jsonText } from "./json-text.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

export interface InMemoryTaskOptions {
  /** Tasks kept at once, also those that have ended; at least 1, `Infinity` for no bound. Default 10,000. */
  maxTasks?: number;
  /** The time in milliseconds. Default: `Date.now()`. */
  now?: () => number;
}

/**
 * Keeps tasks in this process's memory, for a server that runs as one process. Expired ones are forgotten as the
 * adapter is used, without a timer. A full adapter refuses a new task, and loses none that it took.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
export class InMemoryTaskAdapter implements TaskAdapter {
  readonly #tasks: ExpiringMap<Kept>;
  /** Those that are `working`, in the order of their last change: without an owner, and with one. */
  readonly #free = new LinkedList<Kept>();
  readonly #owned = new LinkedList<Kept>();
  /** In the order in which they were made. */
  readonly #byPrincipal = new Map<string, Set<Kept>>();
  #made = 0;
  readonly #maxTasks: number;
  readonly #now: () => number;

  constructor(options: InMemoryTaskOptions = {}) {
    this.#maxTasks = bound("maxTasks", options.maxTasks, 10_000);
    this.#now = options.now ?? Date.now;
    this.#tasks = new ExpiringMap((task) => {
      task.list?.remove(task);
      const own = this.#byPrincipal.get(task.request.principal);
      own?.delete(task);
      if (own?.size === 0) this.#byPrincipal.delete(task.request.principal);
    });
  }

  /** Tasks kept, with those that have expired and were not yet forgotten. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Throws an Error when the id is in use, and when `maxTasks` tasks are kept already. */
  create(id: string, request: TaskRequest, owner: string): Task {
    const now = this.#now();
    if (this.#tasks.get(id, now) !== undefined) {
      throw new Error("Expected a new task's id, got one that is in use.");
    }
    if (this.#tasks.size >= this.#maxTasks) {
      throw new Error(`${this.#maxTasks} tasks are kept already; wait until some expire, or raise maxTasks.`);
    }
    const task = new Kept(id, request, owner, now);
    task.number = this.#made++;
    this.#tasks.add(task);
    const own = this.#byPrincipal.get(request.principal) ?? new Set();
    this.#byPrincipal.set(request.principal, own.add(task));
    this.#changed(task, now);
    return shown(task);
  }

  get(id: string): Task | undefined {
    const task = this.#tasks.get(id, this.#now());
    return task && shown(task);
  }

  list(principal: string, after: string | undefined, limit: number): Task[] {
    const last = after === undefined ? undefined : this.#tasks.get(after, this.#now());
    this.#tasks.sweep(this.#now());
    const found: Task[] = [];
    for (const task of this.#byPrincipal.get(principal) ?? []) {
      if (found.length >= limit) break;
      if (last === undefined || task.number > last.number) found.push(shown(task));
    }
    return found;
  }

  claim(id: string, expected: string | undefined, owner: string): Task | undefined {
    const now = this.#now();
    const task = this.#tasks.get(id, now);
    if (task?.status !== "working" || task.owner !== expected) return undefined;
    task.owner = owner;
    this.#changed(task, now);
    return shown(task);
  }

  working(limit: number): { readonly id: string; readonly owner?: string }[] {
    this.#tasks.sweep(this.#now());
    const found: { id: string; owner?: string }[] = [];
    for (const list of [this.#free, this.#owned]) {
      for (let task = list.oldest; task !== undefined && found.length < limit; task = task.newer) {
        found.push({ id: task.id, owner: task.owner });
      }
    }
    return found;
  }

  save(id: string, owner: string, journal: unknown): boolean {
    return this.#change(id, owner, (task) => {
      task.journal = jsonText(journal, "a task's journal");
    });
  }

  describe(id: string, owner: string, statusMessage: string): boolean {
    return this.#change(id, owner, (task) => {
      task.statusMessage = statusMessage;
    });
  }

  ask(id: string, owner: string, journal: unknown, questions: { readonly [key: string]: unknown }): boolean {
    return this.#change(id, owner, (task) => {
      const texts = Object.entries(questions).map(
        ([key, question]) => [key, jsonText(question, "a task's question")] as const,
      );
      task.journal = jsonText(journal, "a task's journal");
      task.questions = new Map(texts);
      task.answers = new Map();
      task.status = "input_required";
      task.owner = undefined;
    });
  }

  answer(id: string, answers: { readonly [key: string]: unknown }): Task | undefined {
    const now = this.#now();
    const task = this.#tasks.get(id, now);
    if (task === undefined) return undefined;
    const taken = Object.entries(answers).filter(([key]) => task.questions.has(key));
    for (const [key, answer] of taken) {
      task.answers.set(key, jsonText(answer, "an answer"));
      task.questions.delete(key);
    }
    if (taken.length > 0) {
      if (task.questions.size === 0) task.status = "working";
      this.#changed(task, now);
    }
    return shown(task);
  }

  answers(id: string): { readonly [key: string]: unknown } {
    return parsed(this.#tasks.get(id, this.#now())?.answers ?? new Map());
  }

  finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd): boolean {
    return this.#change(id, owner, (task) => {
      task.end = jsonText(end, "a task's end");
      task.status = status;
      task.owner = undefined;
    });
  }

  cancel(id: string): Task | undefined {
    const now = this.#now();
    const task = this.#tasks.get(id, now);
    if (task?.status === "working" || task?.status === "input_required") {
      task.status = "cancelled";
      task.owner = undefined;
      task.questions = new Map();
      this.#changed(task, now);
    }
    return task && shown(task);
  }

  /** Changes a task that `owner` works on. */
  #change(id: string, owner: string, change: (task: Kept) => void): boolean {
    const now = this.#now();
    const task = this.#tasks.get(id, now);
    if (task?.owner === undefined || task.owner !== owner) return false;
    change(task);
    this.#changed(task, now);
    return true;
  }

  /** Puts the task where those that look for work find it, or nowhere. */
  #changed(task: Kept, now: number): void {
    task.updatedAt = now;
    task.list?.remove(task);
    task.list = undefined;
    if (task.status !== "working") return;
    task.list = task.owner === undefined ? this.#free : this.#owned;
    task.list.append(task);
  }
}

class Kept implements Entry, Linked<Kept> {
  older: Kept | undefined = undefined;
  newer: Kept | undefined = undefined;
  /** The list that it is in. */
  list: LinkedList<Kept> | undefined = undefined;
  place = 0;
  /** How many were made before it. */
  number = 0;
  readonly id: string;
  readonly request: Omit<TaskRequest, "call">;
  readonly call: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  updatedAt: number;
  /** Present only while the status is `working`. */
  owner: string | undefined;
  status: TaskStatus = "working";
  statusMessage: string | undefined = undefined;
  journal: string | undefined = undefined;
  questions: Map<string, string> = new Map();
  answers: Map<string, string> = new Map();
  end: string | undefined = undefined;

  constructor(id: string, { call, ...request }: TaskRequest, owner: string, now: number) {
    this.id = id;
    this.request = request;
    this.call = jsonText(call, "a task's call");
    this.createdAt = now;
    this.updatedAt = now;
    this.expiresAt = now + request.ttlMs;
    this.owner = owner;
  }
}

function shown(task: Kept): Task {
  const { id, status, statusMessage, createdAt, updatedAt, owner, journal, questions, end } = task;
  return {
    ...task.request,
    id,
    call: JSON.parse(task.call),
    status,
    statusMessage,
    createdAt,
    updatedAt,
    owner,
    journal: journal === undefined ? undefined : JSON.parse(journal),
    questions: parsed(questions),
    end: end === undefined ? undefined : JSON.parse(end),
  };
}

function parsed(texts: ReadonlyMap<string, string>): { [key: string]: unknown } {
  return Object.fromEntries([...texts].map(([key, text]) => [key, JSON.parse(text)]));
}
