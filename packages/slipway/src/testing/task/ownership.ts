import { assertEqual, atOnce, bothOrders } from "../assert.ts";
import { HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import {
  assertRefused,
  assertTask,
  created,
  questions,
  RESULT,
  type TaskCase,
  waiting,
  working,
} from "./helpers.ts";

/** One works on a task at a time, and who has lost it changes nothing. */
export const ownershipCases: readonly TaskCase[] = [
  {
    name: "a task is claimed only from the owner that is expected, with all that is kept of it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      await a.save(id, "owner", ["journal"]);
      await a.describe(id, "owner", "half way");
      for (const expected of [undefined, "", "nobody", "owne", "ownerx", "undefined", "null", ...HOSTILE_IDS])
        assertEqual(await b.claim(id, expected, "next"), undefined, `claim() from ${expected?.slice(0, 50)}`);
      const claimed = await b.claim(id, "owner", "next");
      assertTask(claimed, {
        owner: "next",
        journal: ["journal"],
        statusMessage: "half way",
        status: "working",
      });
      assertEqual(await a.get(id), claimed, "the task");
      const free = await waiting(a);
      for (const expected of ["owner", "", "undefined", "null"])
        assertEqual(
          await b.claim(free, expected, "next"),
          undefined,
          `claim() from ${expected} of a free task`,
        );
      assertTask(await b.claim(free, undefined, "next"), { owner: "next", status: "working" });
      assertEqual(
        await a.claim(free, undefined, "other"),
        undefined,
        "claim() of a task that is no longer free",
      );
    },
  },
  {
    name: "of many that claim a task at once exactly one gets it, from its owner and from nobody",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 6; round++) {
        const [id, expected] = round % 2 === 0 ? [await created(a), "owner"] : [await waiting(a), undefined];
        const claims = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).claim(id, expected, `worker ${index}`),
        );
        const winners = [...claims.keys()].filter((index) => claims[index] !== undefined);
        assertEqual(winners.length, 1, "how many of twenty claims succeeded");
        assertTask(claims[winners[0] ?? 0], { owner: `worker ${winners[0]}` });
        assertTask(await b.get(id), { owner: `worker ${winners[0]}` });
      }
    },
  },
  {
    name: "many that look for work share it: each task is claimed by one",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(20, () => waiting(a));
      const own = new Set(ids);
      const claimed = await atOnce(6, async (index) => {
        const instance = index % 2 === 0 ? a : b;
        const got: string[] = [];
        for (const { id, owner } of await instance.working(100_000)) {
          if (!own.has(id) || owner !== undefined) continue;
          if ((await instance.claim(id, undefined, `worker ${index}`)) !== undefined) got.push(id);
        }
        return got;
      });
      assertEqual(claimed.flat().sort(), [...ids].sort(), "the tasks that were claimed, each once");
      const list = await working(b);
      for (const [index, got] of claimed.entries())
        for (const id of got) assertEqual(list.get(id), `worker ${index}`, "the owner");
      await atOnce(20, (index) => a.cancel(ids[index] ?? ""));
    },
  },
  {
    name: "a former owner can change nothing and end nothing",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      await a.save(id, "owner", "journal");
      await b.claim(id, "owner", "next");
      for (const owner of ["owner", "", "nex", "nextx", "undefined"])
        for (const instance of [a, b]) await assertRefused(instance, id, owner);
      assertEqual(await b.save(id, "next", "new"), true, "save() by the owner");
      assertEqual(await b.finish(id, "next", "completed", { result: RESULT }), true, "finish() by the owner");
      assertTask(await a.get(id), { status: "completed", journal: "new" });
    },
  },
  {
    name: "a task that waits for somebody who goes on with it is changed by nobody else",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await waiting(a);
      for (const owner of ["owner", "", "undefined", "null"]) await assertRefused(b, id, owner);
      await b.claim(id, undefined, "next");
      await assertRefused(a, id, "owner");
      assertEqual(await a.save(id, "next", "new"), true, "save() by the owner");
    },
  },
  {
    name: "a save and a claim at once happen one after the other",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 10; round++) {
        const id = await created(a);
        await a.save(id, "owner", "old");
        const [saved, claimed] = await bothOrders(
          round,
          () => a.save(id, "owner", "new"),
          () => b.claim(id, "owner", "next"),
        );
        const journal = saved ? "new" : "old";
        assertTask(claimed, { owner: "next", journal });
        assertTask(await a.get(id), { owner: "next", journal });
      }
    },
  },
  {
    name: "of an owner that ends a task and another that claims it one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 10; round++) {
        const id = await created(a);
        const [finished, claimed] = await bothOrders(
          round,
          () => a.finish(id, "owner", "completed", { result: RESULT }),
          () => b.claim(id, "owner", "next"),
        );
        assertEqual(claimed === undefined, finished, "whether the claim failed");
        const expected = finished
          ? { status: "completed" as const, owner: undefined, end: { result: RESULT } }
          : { status: "working" as const, owner: "next", end: undefined };
        assertTask(await b.get(id), expected);
      }
    },
  },
  {
    name: "of an owner that asks and another that claims one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 10; round++) {
        const id = await created(a);
        const [asked, claimed] = await bothOrders(
          round,
          () => a.ask(id, "owner", "asked", questions(["q"])),
          () => b.claim(id, "owner", "next"),
        );
        assertEqual(claimed === undefined, asked, "whether the claim failed");
        const expected = asked
          ? { status: "input_required" as const, owner: undefined, questions: questions(["q"]) }
          : { status: "working" as const, owner: "next", questions: {} };
        assertTask(await b.get(id), expected);
        assertEqual((await working(b)).has(id), !asked, "whether it is listed as working");
        await b.cancel(id);
      }
    },
  },
  {
    name: "of an owner that ends a task and a client that cancels it one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 10; round++) {
        const id = await created(a);
        const [finished, cancelled] = await bothOrders(
          round,
          () => a.finish(id, "owner", "completed", { result: RESULT }),
          () => b.cancel(id),
        );
        const status = finished ? "completed" : "cancelled";
        assertTask(cancelled, { status, end: finished ? { result: RESULT } : undefined });
        assertTask(await a.get(id), {
          status,
          end: finished ? { result: RESULT } : undefined,
          owner: undefined,
        });
      }
    },
  },
  {
    name: "of many that end a task at once exactly one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = await created(a);
        const finished = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).finish(id, "owner", "completed", { result: index }),
        );
        const winners = [...finished.keys()].filter((index) => finished[index]);
        assertEqual(winners.length, 1, "how many of twenty ends succeeded");
        assertTask(await b.get(id), { status: "completed", end: { result: winners[0] } });
      }
    },
  },
  {
    name: "whatever is done to a task while it is cancelled, it has ended",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = await created(a);
        await atOnce(20, async (index) => {
          const instance = index % 2 === 0 ? a : b;
          if (index === 10) await instance.cancel(id);
          else if (index % 4 === 0) await instance.save(id, "owner", index);
          else if (index % 4 === 1) await instance.describe(id, "owner", `message ${index}`);
          else if (index % 4 === 2) await instance.ask(id, "owner", index, questions(["q"]));
          else await instance.answer(id, { q: index });
        });
        const task = await b.get(id);
        assertTask(task, { status: "cancelled", owner: undefined, questions: {}, end: undefined });
        await assertRefused(a, id, "owner");
        assertEqual((await working(b)).has(id), false, "whether it is listed as working");
      }
    },
  },
];
