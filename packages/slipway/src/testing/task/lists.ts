import type { TaskAdapter } from "../../ports/index.ts";
import { assert, assertEqual, atOnce, eventually } from "../assert.ts";
import { two } from "../instances.ts";
import { MINUTE, REQUEST, RESULT, type TaskCase } from "./helpers.ts";

/** Clients that have a principal see their own tasks, a page at a time. */
export const listCases: readonly TaskCase[] = [
  {
    name: "a principal's tasks are listed in the order in which they were made, on every instance, whole",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann, bob } = principals();
      const made: string[] = [];
      for (let index = 0; index < 12; index++) {
        made.push(await createdFor(ann, index % 2 === 0 ? a : b));
        await createdFor(bob, a);
      }
      for (const instance of [a, b]) {
        assertEqual(await listed(instance, ann), made, "the tasks of a principal");
        assertEqual((await listed(instance, bob)).length, 12, "how many tasks another has");
        for (const nobody of [`${ann}x`, ann.slice(1), "", "toString"]) {
          const mine = (await listed(instance, nobody)).filter((id) => made.includes(id));
          assertEqual(mine, [], `tasks of a principal in the list of ${JSON.stringify(nobody)}`);
        }
      }
      const [first] = (await b.list?.(ann, undefined, 1)) ?? [];
      assertEqual(first, await a.get(made[0] ?? ""), "the first task of the list");
    },
  },
  {
    name: "pages go on after the task that was last, and hold no more than they may",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann } = principals();
      const made: string[] = [];
      for (let index = 0; index < 11; index++) made.push(await createdFor(ann, a));
      for (const size of [1, 3, 11, 12]) {
        const read: string[] = [];
        for (;;) {
          const page = (await b.list?.(ann, read.at(-1), size)) ?? [];
          assert(page.length <= size, `a page of ${size} tasks holds no more, got ${page.length}`);
          if (page.length === 0) break;
          read.push(...page.map(({ id }) => id));
        }
        assertEqual(read, made, `all pages of ${size}`);
      }
    },
  },
  {
    name: "tasks are listed whatever happened to them, as they are now",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann } = principals();
      const [ended, cancelled, asleep] = [
        await createdFor(ann, a),
        await createdFor(ann, a),
        await createdFor(ann, a),
      ];
      await a.finish(ended, "owner", "completed", { result: RESULT });
      await b.cancel(cancelled);
      await b.ask(asleep, "owner", [], { q: { method: "elicitation/create" } });
      const list = (await b.list?.(ann, undefined, 10)) ?? [];
      assertEqual(
        list.map(({ id, status }) => [id, status]),
        [
          [ended, "completed"],
          [cancelled, "cancelled"],
          [asleep, "input_required"],
        ],
        "the tasks and how they are",
      );
      for (const task of list) assertEqual(task, await a.get(task.id), "a task of the list");
    },
  },
  {
    name: "tasks that are made at once are all listed, those that come while pages are read at most once",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann } = principals();
      const early = await atOnce(20, (index) => createdFor(ann, index % 2 === 0 ? a : b));
      const late = atOnce(20, (index) => createdFor(ann, index % 2 === 0 ? b : a));
      const read: string[] = [];
      // No more pages than there can be.
      for (let page = 0; page < 41; page++) {
        const found = (await (page % 2 === 0 ? a : b).list?.(ann, read.at(-1), 3)) ?? [];
        if (found.length === 0) break;
        read.push(...found.map(({ id }) => id));
      }
      const all = [...early, ...(await late)];
      assertEqual(new Set(read).size, read.length, "how many of the listed tasks are different ones");
      for (const instance of [a, b]) {
        const list = await listed(instance, ann);
        assertEqual([...list].sort(), [...all].sort(), "all tasks in the end");
        const places = list.filter((id) => read.includes(id));
        assertEqual(places, read, "the tasks that were read, in their order");
        assertEqual(
          early.filter((id) => !read.includes(id)),
          [],
          "tasks that were there and were not read",
        );
      }
    },
  },
  {
    name: "a list that is read while its tasks end has each of them, as it was before or is after",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann } = principals();
      const made: string[] = [];
      for (let index = 0; index < 24; index++) made.push(await createdFor(ann, a));
      let over = false;
      const end = async () => {
        for (const [index, id] of made.entries()) {
          const instance = index % 4 < 2 ? a : b;
          if (index % 2 === 0) await instance.finish(id, "owner", "completed", { result: RESULT });
          else await instance.cancel(id);
        }
      };
      const ending = end().finally(() => {
        over = true;
      });
      for (let round = 0; !over; round++) {
        const list = (await (round % 2 === 0 ? a : b).list?.(ann, undefined, 100)) ?? [];
        assertEqual(
          list.map(({ id }) => id),
          made,
          "the tasks of a list that is read while they end",
        );
        for (const { id, status, owner, end } of list) {
          const after = made.indexOf(id) % 2 === 0 ? "completed" : "cancelled";
          const ended = status !== "working";
          assertEqual(status, ended ? after : "working", "how a task of the list is");
          assertEqual(owner, ended ? undefined : "owner", "the owner of a task of the list");
          assertEqual(end, status === "completed" ? { result: RESULT } : undefined, "its end");
        }
      }
      await ending;
      const statuses = ((await b.list?.(ann, undefined, 100)) ?? []).map(({ status }) => status);
      assertEqual(statuses.includes("working"), false, "whether a task that has ended is listed as working");
    },
  },
  {
    name: "a task leaves the list when its time is over, and others stay",
    requires: ["list"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const { ann } = principals();
      const first = await createdFor(ann, a);
      await createdFor(ann, a, 300);
      const last = await createdFor(ann, b);
      for (const instance of [a, b])
        await eventually(
          async () => (await listed(instance, ann)).length === 2,
          "a task that lives for 300 ms has left the list",
        );
      assertEqual(await listed(b, ann), [first, last], "the tasks that are left");
      const after = (await a.list?.(ann, first, 10)) ?? [];
      assertEqual(
        after.map(({ id }) => id),
        [last],
        "the tasks after the first one",
      );
    },
  },
];

/** Two that no other case has, one of which begins as the other does. */
function principals(): { ann: string; bob: string } {
  const ann = JSON.stringify(["tenant}", `ann{${crypto.randomUUID()}`]);
  return { ann, bob: `${ann} ` };
}

async function createdFor(principal: string, adapter: TaskAdapter, ttlMs = MINUTE): Promise<string> {
  const id = crypto.randomUUID();
  await adapter.create(id, { ...REQUEST, principal, ttlMs }, "owner");
  return id;
}

async function listed(adapter: TaskAdapter, principal: string): Promise<string[]> {
  return ((await adapter.list?.(principal, undefined, 1000)) ?? []).map(({ id }) => id);
}
