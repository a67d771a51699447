import { describe, expect, test } from "vitest";
import { failures, inLatin1, later, type Mutant, remote } from "../../../test/mutants.ts";
import type { Task, TaskAdapter, TaskEnd, TaskRequest } from "../../ports/index.ts";
import { InMemoryTaskAdapter } from "../../stores/memory/index.ts";
import { runContract, taskContract } from "../index.ts";

test("task adapters that answer later, each over its own connection, keep the contract", async () => {
  const report = await runContract(taskContract, {
    makeInstances: (count) => {
      const server = new InMemoryTaskAdapter();
      return Array.from({ length: count }, () => remote(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(40);
});

const tasks = InMemoryTaskAdapter;

type Questions = { readonly [key: string]: unknown };

/** An adapter that looks whether it may, and does it in a second step, whatever has happened since. */
class TwoSteps implements TaskAdapter {
  readonly #server = new InMemoryTaskAdapter();
  readonly #answers = new Map<string, Questions>();
  readonly #revived = new Set<string>();

  async create(id: string, request: TaskRequest, owner: string) {
    const used = this.#server.get(id) !== undefined;
    await later();
    if (used) throw new Error("in use");
    return this.#server.get(id) ?? this.#server.create(id, request, owner);
  }
  async get(id: string) {
    return this.#shown(this.#server.get(id));
  }
  async claim(id: string, expected: string | undefined, owner: string) {
    const before = this.#server.get(id);
    if (before?.status !== "working" || before.owner !== expected) return undefined;
    await later();
    return this.#server.claim(id, this.#server.get(id)?.owner, owner);
  }
  async working(limit: number) {
    return this.#server.working(limit);
  }
  async save(id: string, owner: string, journal: unknown) {
    return this.#asOwner(id, owner, (now) => this.#server.save(id, now, journal));
  }
  async describe(id: string, owner: string, message: string) {
    return this.#asOwner(id, owner, (now) => this.#server.describe(id, now, message));
  }
  async ask(id: string, owner: string, journal: unknown, questions: Questions) {
    return this.#asOwner(id, owner, (now) => this.#server.ask(id, now, journal, questions));
  }
  async finish(id: string, owner: string, status: "completed" | "failed", end: TaskEnd) {
    return this.#asOwner(id, owner, (now) => this.#server.finish(id, now, status, end));
  }
  async answer(id: string, answers: Questions) {
    const before = this.#server.get(id);
    if (before?.status !== "input_required") return this.#shown(before);
    const all = { ...this.#answers.get(id), ...answers };
    await later();
    this.#answers.set(id, all);
    const now = this.#server.get(id);
    if (now?.status === "cancelled") this.#revived.add(id);
    if (now?.owner !== undefined) this.#server.ask(id, now.owner, now.journal, before.questions);
    return this.#shown(this.#server.answer(id, answers));
  }
  async answers(id: string) {
    return this.#answers.get(id) ?? {};
  }
  async cancel(id: string) {
    return this.#server.cancel(id);
  }

  async #asOwner(id: string, owner: string, change: (owner: string) => unknown) {
    if (this.#server.get(id)?.owner !== owner) return false;
    await later();
    const now = this.#server.get(id);
    if (now?.status === "cancelled") this.#revived.add(id);
    change(now?.owner ?? owner);
    return true;
  }

  #shown(task: Task | undefined): Task | undefined {
    return task && this.#revived.has(task.id) ? { ...task, status: "working" } : task;
  }
}

/** An adapter that shows its tasks otherwise than they are. */
function showing(alter: (task: Task) => Task): TaskAdapter {
  return new (class extends tasks {
    override create(id: string, request: TaskRequest, owner: string) {
      return alter(super.create(id, request, owner));
    }
    override get(id: string) {
      const task = super.get(id);
      return task && alter(task);
    }
  })();
}

/** An adapter that lists what it should not, or otherwise. */
function listing(
  list: (all: Task[], after: string | undefined, limit: number, principal: string) => Task[],
): TaskAdapter {
  const made: string[] = [];
  return new (class extends tasks {
    override create(id: string, request: TaskRequest, owner: string) {
      made.push(id);
      return super.create(id, request, owner);
    }
    override list(principal: string, after: string | undefined, limit: number) {
      const all = made.map((id) => super.get(id)).filter((task) => task !== undefined);
      return list(all, after, limit, principal);
    }
  })();
}

/** An adapter that lists what it finds in two steps. */
function listingTwice(whole: (before: Task, now: Task) => Task | undefined): TaskAdapter {
  const server = new tasks();
  const list: TaskAdapter["list"] = async (principal, after, limit) => {
    const before = server.list(principal, after, limit);
    await later();
    return before
      .map((task) => whole(task, server.get(task.id) ?? task))
      .filter((task) => task !== undefined);
  };
  return remote(
    new Proxy(server as TaskAdapter, {
      get(target, name) {
        const member: unknown = name === "list" ? list : Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    }),
  );
}

const ofPrincipal = (all: Task[], principal: string) => all.filter((task) => task.principal === principal);

const paged = (all: Task[], after: string | undefined, limit: number) => {
  const from = all.findIndex(({ id }) => id === after) + 1;
  return all.slice(from, from + limit);
};

const mutants: Mutant<TaskAdapter>[] = [
  [
    "lists the newest tasks first",
    () =>
      listing((all, after, limit, principal) => paged(ofPrincipal(all, principal).reverse(), after, limit)),
    "a principal's tasks are listed in the order in which they were made, on every instance, whole",
  ],
  [
    "lists everybody's tasks",
    () => listing((all, after, limit) => paged(all, after, limit)),
    "a principal's tasks are listed in the order in which they were made, on every instance, whole",
  ],
  [
    "takes a principal for another whose name begins alike",
    () =>
      listing((all, after, limit, principal) =>
        paged(
          all.filter((task) => principal.startsWith(task.principal)),
          after,
          limit,
        ),
      ),
    "a principal's tasks are listed in the order in which they were made, on every instance, whole",
  ],
  [
    "lists one more than it may",
    () => listing((all, after, limit, principal) => paged(ofPrincipal(all, principal), after, limit + 1)),
    "pages go on after the task that was last, and hold no more than they may",
  ],
  [
    "leaves out the task after the last",
    () =>
      listing((all, after, limit, principal) => {
        const own = ofPrincipal(all, principal);
        const from = after === undefined ? 0 : own.findIndex(({ id }) => id === after) + 2;
        return own.slice(from, from + limit);
      }),
    "pages go on after the task that was last, and hold no more than they may",
  ],
  [
    "lists only what goes on",
    () =>
      listing((all, after, limit, principal) =>
        paged(
          ofPrincipal(all, principal).filter(({ status }) => status === "working"),
          after,
          limit,
        ),
      ),
    "tasks are listed whatever happened to them, as they are now",
  ],
  [
    "lists tasks as they were made",
    () =>
      listing((all, after, limit, principal) =>
        paged(ofPrincipal(all, principal), after, limit).map((task) => ({ ...task, status: "working" })),
      ),
    "tasks are listed whatever happened to them, as they are now",
  ],
  [
    "reads the list of a principal and writes it in two steps",
    () => {
      const lists = new Map<string, string[]>();
      const server = new tasks();
      return remote(
        new (class extends TwoSteps {
          override async create(id: string, request: TaskRequest, owner: string) {
            const own = lists.get(request.principal) ?? [];
            await later();
            lists.set(request.principal, [...own, id]);
            return server.create(id, request, owner);
          }
          async list(principal: string, after: string | undefined, limit: number) {
            const own = (lists.get(principal) ?? []).map((id) => server.get(id));
            return paged(
              own.filter((task) => task !== undefined),
              after,
              limit,
            );
          }
        })(),
      );
    },
    "tasks that are made at once are all listed, those that come while pages are read at most once",
  ],
  [
    "reads how a task is before it reads how it ended",
    () => listingTwice(({ status }, now) => ({ ...now, status })),
    "a list that is read while its tasks end has each of them, as it was before or is after",
  ],
  [
    "lists no task that ends meanwhile",
    () => listingTwice((before, now) => (before.status === now.status ? now : undefined)),
    "a list that is read while its tasks end has each of them, as it was before or is after",
  ],
  [
    "lists tasks whose time is over as long as nobody makes another",
    () => {
      const seen: Task[] = [];
      return new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          const task = super.create(id, request, owner);
          seen.push(task);
          return task;
        }
        override list(principal: string, after: string | undefined, limit: number) {
          return paged(ofPrincipal(seen, principal), after, limit);
        }
      })();
    },
    "a task leaves the list when its time is over, and others stay",
  ],
  [
    "forgets whose a task is",
    () => showing(({ tenant: _, ...task }) => task),
    "a task that one instance creates is known to every instance, whole",
  ],
  [
    "answers with less than it keeps",
    () =>
      new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          return { ...super.create(id, request, owner), call: undefined };
        }
      })(),
    "a task that one instance creates is known to every instance, whole",
  ],
  [
    "keeps tasks in a plain object",
    () =>
      new (class extends tasks {
        override get(id: string) {
          return super.get(id) ?? Reflect.get({}, id);
        }
      })(),
    "a task that was never created does not exist",
  ],
  [
    "makes a task that is cancelled",
    () =>
      new (class extends tasks {
        override cancel(id: string) {
          if (super.get(id) === undefined) super.create(id, { principal: "", call: 1, ttlMs: 1000 }, "");
          return super.cancel(id);
        }
      })(),
    "a task that was never created does not exist",
  ],
  [
    "looks and creates in two steps",
    () => new TwoSteps(),
    "an id that is in use is refused, of many that create it at once all but one",
  ],
  [
    "lists the ten that it finds first",
    () =>
      new (class extends tasks {
        override working() {
          return super.working(10);
        }
      })(),
    "tasks that are created at once all exist, and all wait to be found as working",
  ],
  [
    "keeps journals in Latin-1",
    () =>
      new (class extends tasks {
        override save(id: string, owner: string, journal: unknown) {
          return super.save(id, owner, inLatin1(journal));
        }
      })(),
    "the journal is the one that was saved last, as it went in",
  ],
  [
    "keeps the object that it was given",
    () => {
      const journals = new Map<string, unknown>();
      return new (class extends tasks {
        override save(id: string, owner: string, journal: unknown) {
          journals.set(id, journal);
          return super.save(id, owner, journal);
        }
        override get(id: string) {
          const task = super.get(id);
          return task && { ...task, journal: journals.get(id) };
        }
      })();
    },
    "the journal is the one that was saved last, as it went in",
  ],
  [
    "adds to the journal",
    () =>
      new (class extends tasks {
        override save(id: string, owner: string, journal: unknown) {
          return super.save(id, owner, super.get(id)?.journal ?? journal);
        }
      })(),
    "the journal is the one that was saved last, as it went in",
  ],
  [
    "forgets the message with the next save",
    () =>
      new (class extends tasks {
        override save(id: string, owner: string, journal: unknown) {
          super.describe(id, owner, "");
          return super.save(id, owner, journal);
        }
      })(),
    "what the owner says of the status is known to every instance, and stays",
  ],
  [
    "does not say when a task has changed",
    () => showing((task) => ({ ...task, updatedAt: task.createdAt })),
    "a change is later than the one before, and the time of creation stays",
  ],
  [
    "shows the owner of a task that has ended",
    () => showing((task) => ({ ...task, owner: task.owner ?? "owner" })),
    "a task that has completed or failed keeps how it ended, and nobody owns it",
  ],
  [
    "keeps no errors",
    () => showing((task) => ({ ...task, end: task.end && "error" in task.end ? undefined : task.end })),
    "a task that has completed or failed keeps how it ended, and nobody owns it",
  ],
  [
    "cancels only what somebody works on",
    () =>
      new (class extends tasks {
        override cancel(id: string) {
          const task = super.get(id);
          return task?.owner === undefined ? task : super.cancel(id);
        }
      })(),
    "a task is cancelled from every status that is no end, whoever owns it",
  ],
  [
    "keeps the questions of a cancelled task",
    () => {
      const asked = new Map<string, Questions>();
      return new (class extends tasks {
        override ask(id: string, owner: string, journal: unknown, questions: Questions) {
          asked.set(id, questions);
          return super.ask(id, owner, journal, questions);
        }
        override cancel(id: string) {
          const task = super.cancel(id);
          return task && { ...task, questions: asked.get(id) ?? {} };
        }
      })();
    },
    "a task is cancelled from every status that is no end, whoever owns it",
  ],
  [
    "cancels what has completed",
    () =>
      new (class extends tasks {
        override cancel(id: string) {
          const task = super.cancel(id);
          return task && { ...task, status: "cancelled" as const };
        }
      })(),
    "a task that has ended is changed by nobody",
  ],
  [
    "lets the former owner of a task that has ended go on",
    () => {
      const owners = new Map<string, string>();
      return new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          owners.set(id, owner);
          return super.create(id, request, owner);
        }
        override describe(id: string, owner: string, message: string) {
          return super.describe(id, owner, message) || owners.get(id) === owner;
        }
      })();
    },
    "a task that has ended is changed by nobody",
  ],
  [
    "lists tasks that sleep",
    () => {
      const ids: string[] = [];
      return new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          ids.push(id);
          return super.create(id, request, owner);
        }
        override working() {
          return ids.map((id) => ({ id, owner: super.get(id)?.owner }));
        }
      })();
    },
    "those are listed as working that somebody should be at work on, with their owners",
  ],
  [
    "lists without owners",
    () =>
      new (class extends tasks {
        override working(limit: number) {
          return super.working(limit).map(({ id }) => ({ id }));
        }
      })(),
    "those are listed as working that somebody should be at work on, with their owners",
  ],
  [
    "lists the newest first",
    () =>
      new (class extends tasks {
        override working(limit: number) {
          return super.working(limit).reverse();
        }
      })(),
    "tasks without an owner are listed first, then those that were changed least recently",
  ],
  [
    "lists more than it is asked for",
    () =>
      new (class extends tasks {
        override working() {
          return super.working(100_000);
        }
      })(),
    "tasks without an owner are listed first, then those that were changed least recently",
  ],
  [
    "never lets a task go",
    () =>
      new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          return super.create(id, { ...request, ttlMs: 60_000 }, owner);
        }
      })(),
    "a task is gone when its time is over, whatever happened to it, and others stay",
  ],
  [
    "lists tasks whose time is over",
    () => {
      const seen = new Map<string, string | undefined>();
      return new (class extends tasks {
        override create(id: string, request: TaskRequest, owner: string) {
          seen.set(id, owner);
          return super.create(id, request, owner);
        }
        override working() {
          return [...seen].map(([id, owner]) => ({ id, owner }));
        }
      })();
    },
    "a task is gone when its time is over, whatever happened to it, and others stay",
  ],
  [
    "lets anybody claim",
    () =>
      new (class extends tasks {
        override claim(id: string, _: string | undefined, owner: string) {
          return super.claim(id, super.get(id)?.owner, owner);
        }
      })(),
    "a task is claimed only from the owner that is expected, with all that is kept of it",
  ],
  [
    "takes nobody for an owner of that name",
    () =>
      new (class extends tasks {
        override claim(id: string, expected: string | undefined, owner: string) {
          return super.claim(id, expected === "undefined" ? undefined : expected, owner);
        }
      })(),
    "a task is claimed only from the owner that is expected, with all that is kept of it",
  ],
  [
    "looks and claims in two steps",
    () => new TwoSteps(),
    "of many that claim a task at once exactly one gets it, from its owner and from nobody",
  ],
  [
    "lets several have the same work",
    () => new TwoSteps(),
    "many that look for work share it: each task is claimed by one",
  ],
  [
    "lets a former owner speak",
    () =>
      new (class extends tasks {
        override describe(id: string, _: string, message: string) {
          return super.describe(id, super.get(id)?.owner ?? "", message);
        }
      })(),
    "a former owner can change nothing and end nothing",
  ],
  [
    "takes the one that asked for the owner",
    () =>
      new (class extends tasks {
        override save(id: string, owner: string, journal: unknown) {
          const task = super.get(id);
          return super.save(id, owner, journal) || (task?.status === "working" && task.owner === undefined);
        }
      })(),
    "a task that waits for somebody who goes on with it is changed by nobody else",
  ],
  [
    "looks and saves in two steps",
    () => new TwoSteps(),
    "a save and a claim at once happen one after the other",
  ],
  [
    "looks who owns a task and ends it in two steps",
    () => new TwoSteps(),
    "of an owner that ends a task and another that claims it one succeeds",
  ],
  [
    "looks who owns a task and asks in two steps",
    () => new TwoSteps(),
    "of an owner that asks and another that claims one succeeds",
  ],
  [
    "looks whether a task has ended and ends it in two steps",
    () => new TwoSteps(),
    "of an owner that ends a task and a client that cancels it one succeeds",
  ],
  [
    "ends a task as often as it is asked to",
    () => new TwoSteps(),
    "of many that end a task at once exactly one succeeds",
  ],
  [
    "does not keep that a task was cancelled",
    () => new TwoSteps(),
    "whatever is done to a task while it is cancelled, it has ended",
  ],
  [
    "keeps the owner of a task that asks",
    () => showing((task) => ({ ...task, owner: task.owner ?? "owner" })),
    "a task that asks sleeps with its questions, and nobody owns it",
  ],
  [
    "lets a task be claimed that sleeps",
    () =>
      new (class extends tasks {
        override claim(id: string, expected: string | undefined, owner: string) {
          const task = super.get(id);
          return super.claim(id, expected, owner) ?? (task?.status === "input_required" ? task : undefined);
        }
      })(),
    "a task that asks sleeps with its questions, and nobody owns it",
  ],
  [
    "goes on with the first answer",
    () =>
      new (class extends tasks {
        override answer(id: string, answers: Questions) {
          const task = super.answer(id, answers);
          return task && { ...task, status: "working" as const };
        }
      })(),
    "a task goes on when its last question is answered, with all its answers",
  ],
  [
    "puts the answers into the journal",
    () =>
      new (class extends tasks {
        override answer(id: string, answers: Questions) {
          const task = super.answer(id, answers);
          return task && { ...task, journal: [task.journal, answers] };
        }
      })(),
    "a task goes on when its last question is answered, with all its answers",
  ],
  [
    "takes one answer at a time",
    () =>
      new (class extends tasks {
        override answer(id: string, answers: Questions) {
          return super.answer(id, Object.fromEntries(Object.entries(answers).slice(0, 1)));
        }
      })(),
    "several questions are answered in one step",
  ],
  [
    "takes another answer to a question",
    () => {
      const given = new Map<string, Questions>();
      return new (class extends tasks {
        override answer(id: string, answers: Questions) {
          given.set(id, { ...given.get(id), ...answers });
          return super.answer(id, answers);
        }
        override answers(id: string) {
          return given.get(id) ?? {};
        }
      })();
    },
    "an answer to a question that is not open is ignored",
  ],
  [
    "takes a task from its owner with every answer",
    () =>
      new (class extends tasks {
        override answer(id: string, answers: Questions) {
          const task = super.answer(id, answers);
          return task && { ...task, owner: undefined };
        }
      })(),
    "answers to a task that asks nothing are ignored, also while somebody works on it",
  ],
  [
    "gives the answers once",
    () => {
      const claims = new Set<string>();
      return new (class extends tasks {
        override claim(id: string, expected: string | undefined, owner: string) {
          if (expected !== undefined) claims.add(id);
          return super.claim(id, expected, owner);
        }
        override answers(id: string) {
          return claims.has(id) ? {} : super.answers(id);
        }
      })();
    },
    "answers are kept while others go on with the task, until it asks again",
  ],
  [
    "keeps the answers to earlier questions",
    () => {
      const given = new Map<string, Questions>();
      return new (class extends tasks {
        override answer(id: string, answers: Questions) {
          const task = super.answer(id, answers);
          given.set(id, { ...given.get(id), ...super.answers(id) });
          return task;
        }
        override answers(id: string) {
          return given.get(id) ?? {};
        }
      })();
    },
    "answers are kept while others go on with the task, until it asks again",
  ],
  [
    "takes the last of many answers",
    () => new TwoSteps(),
    "of many answers to a question at once one is kept, and the task goes on once",
  ],
  [
    "loses an answer that another overtakes",
    () => new TwoSteps(),
    "answers to different questions at once are all kept, and the task goes on",
  ],
  [
    "wakes a task with a late answer",
    () => new TwoSteps(),
    "a late answer does not take a task from the one that has claimed it",
  ],
  [
    "wakes a task that was cancelled",
    () => new TwoSteps(),
    "a task that is answered and cancelled at once has ended",
  ],
];

describe("a broken adapter is caught that", () => {
  test.concurrent.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(taskContract, caughtBy, make, 2_000)).toEqual([caughtBy]);
  });

  test.each(taskContract.map(({ name }) => name))("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});
