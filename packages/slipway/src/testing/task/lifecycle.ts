import { assert, assertEqual, atOnce, eventually, pause, settle } from "../assert.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import {
  asking,
  assertRefused,
  assertTask,
  created,
  MINUTE,
  REQUEST,
  RESULT,
  type TaskCase,
  waiting,
  working,
} from "./helpers.ts";

/** Tasks begin, are found by every instance, go on, and end. */
export const lifecycleCases: readonly TaskCase[] = [
  {
    name: "a task that one instance creates is known to every instance, whole",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = crypto.randomUUID();
      const request = { ...REQUEST, call: awkwardMessage() };
      const task = await a.create(id, request, "owner");
      assertTask(task, { ...request, id, status: "working", owner: "owner", questions: {} });
      assertTask(task, { statusMessage: undefined, journal: undefined, end: undefined });
      assert(
        Number.isFinite(task.createdAt) && task.updatedAt >= task.createdAt,
        `times are milliseconds, got ${task.createdAt} and ${task.updatedAt}`,
      );
      for (const instance of [b, a]) assertEqual(await instance.get(id), task, "the task");
      const plain = crypto.randomUUID();
      await a.create(plain, { principal: "", call: null, ttlMs: MINUTE }, "owner");
      assertTask(await b.get(plain), { principal: "", tenant: undefined, call: null, ttlMs: MINUTE });
    },
  },
  {
    name: "a task that was never created does not exist",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      for (const each of ["", " ", "船", `${id}x`, id.slice(1), id.toUpperCase(), ...HOSTILE_IDS]) {
        const what = JSON.stringify(each.slice(0, 50));
        assertEqual(await b.get(each), undefined, `get(${what})`);
        assertEqual(await b.claim(each, undefined, "owner"), undefined, `claim(${what})`);
        assertEqual(await b.answer(each, { q: 1 }), undefined, `answer(${what})`);
        assertEqual(await b.answers(each), {}, `answers(${what})`);
        assertEqual(await b.cancel(each), undefined, `cancel(${what})`);
        await assertRefused(b, each, "owner");
      }
      assertTask(await b.get(id), { status: "working" });
    },
  },
  {
    name: "an id that is in use is refused, of many that create it at once all but one",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = crypto.randomUUID();
        const outcomes = await atOnce(20, (index) =>
          settle(async () =>
            (index % 2 === 0 ? a : b).create(id, { ...REQUEST, call: index }, `owner ${index}`),
          ),
        );
        const winners = [...outcomes.keys()].filter((index) => outcomes[index]?.status === "fulfilled");
        assertEqual(winners.length, 1, "how many of twenty creates succeeded");
        const again = await settle(() => b.create(id, { ...REQUEST, call: "again" }, "again"));
        assertEqual(again.status, "rejected", "create() afterwards");
        assertTask(await b.get(id), { call: winners[0], owner: `owner ${winners[0]}` });
      }
    },
  },
  {
    name: "tasks that are created at once all exist, and all wait to be found as working",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(50, (index) => created(index % 2 === 0 ? a : b, `owner ${index}`));
      const owners = await atOnce(
        50,
        async (index) => (await (index % 3 === 0 ? a : b).get(ids[index] ?? ""))?.owner,
      );
      const expected = ids.map((_, index) => `owner ${index}`);
      assertEqual(owners, expected, "the owners");
      const list = await working(b);
      assertEqual(
        ids.map((id) => list.get(id)),
        expected,
        "the owners in the list",
      );
      await atOnce(50, (index) => b.cancel(ids[index] ?? ""));
    },
  },
  {
    name: "the journal is the one that was saved last, as it went in",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      for (const journal of [
        awkwardMessage(),
        [],
        bigMessage(1024 * 1024),
        { steps: [1, null] },
        null,
        "text",
      ]) {
        assertEqual(await a.save(id, "owner", journal), true, "save()");
        for (const instance of [b, a])
          assertTask(await instance.get(id), { journal, status: "working", owner: "owner" });
      }
      const journal = { steps: [1] };
      await a.save(id, "owner", journal);
      journal.steps.push(2);
      assertTask(await b.get(id), { journal: { steps: [1] } });
    },
  },
  {
    name: "what the owner says of the status is known to every instance, and stays",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      for (const statusMessage of ["half way", "", '"Quotes", 船 🚢 and\nlines']) {
        assertEqual(await a.describe(id, "owner", statusMessage), true, "describe()");
        await a.save(id, "owner", statusMessage);
        assertTask(await b.get(id), { statusMessage, status: "working", owner: "owner" });
      }
    },
  },
  {
    name: "a change is later than the one before, and the time of creation stays",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      const first = await b.get(id);
      assertTask(first, {});
      let last = first.updatedAt;
      for (const change of [
        () => a.save(id, "owner", 1),
        () => a.describe(id, "owner", "text"),
        () => a.ask(id, "owner", 2, { q: 1 }),
        () => b.answer(id, { q: 1 }),
        () => b.claim(id, undefined, "next"),
        () => b.finish(id, "next", "completed", { result: 1 }),
      ]) {
        await pause(5);
        await change();
        const task = await a.get(id);
        assertTask(task, { createdAt: first.createdAt });
        assert(task.updatedAt > last, `a change after ${last} is later, got ${task.updatedAt}`);
        last = task.updatedAt;
      }
    },
  },
  {
    name: "a task that has completed or failed keeps how it ended, and nobody owns it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const error = { code: -32603, message: "Internal error", data: awkwardMessage() };
      for (const [status, end] of [
        ["completed", { result: awkwardMessage() }],
        ["completed", { result: bigMessage(256 * 1024) }],
        ["failed", { error }],
        ["failed", { result: { ...RESULT, isError: true } }],
      ] as const) {
        const id = await created(a);
        await a.save(id, "owner", "journal");
        assertEqual(await b.finish(id, "owner", status, end), true, "finish()");
        for (const instance of [a, b])
          assertTask(await instance.get(id), { status, end, owner: undefined, questions: {} });
      }
    },
  },
  {
    name: "a task is cancelled from every status that is no end, whoever owns it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const id of [await created(a), await asking(a, ["q", "r"]), await waiting(a)]) {
        const cancelled = { status: "cancelled", owner: undefined, questions: {}, end: undefined } as const;
        assertTask(await b.cancel(id), cancelled);
        for (const instance of [a, b]) {
          assertTask(await instance.get(id), cancelled);
          assertTask(await instance.cancel(id), cancelled);
        }
      }
    },
  },
  {
    name: "a task that has ended is changed by nobody",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [completed, failed, cancelled, asked] = [
        await created(a),
        await created(a),
        await created(a),
        await asking(a, ["q"]),
      ];
      await a.finish(completed, "owner", "completed", { result: RESULT });
      await a.finish(failed, "owner", "failed", { error: { code: 1, message: "no" } });
      await b.cancel(cancelled);
      await b.cancel(asked);
      for (const id of [completed, failed, cancelled, asked]) {
        const before = await b.get(id);
        for (const instance of [a, b]) {
          await assertRefused(instance, id, "owner");
          assertEqual(await instance.claim(id, "owner", "next"), undefined, "claim() from the former owner");
          assertEqual(await instance.claim(id, undefined, "next"), undefined, "claim() from nobody");
          assertEqual(await instance.answer(id, { q: 1 }), before, "answer()");
          assertEqual(await instance.cancel(id), before, "cancel()");
          assertEqual(await instance.get(id), before, "the task");
        }
      }
    },
  },
  {
    name: "those are listed as working that somebody should be at work on, with their owners",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [owned, asleep, free, ended, cancelled] = [
        await created(a, "somebody"),
        await asking(a, ["q"]),
        await waiting(a),
        await created(a),
        await created(a),
      ];
      await a.finish(ended, "owner", "completed", { result: RESULT });
      await a.cancel(cancelled);
      for (const instance of [a, b]) {
        const list = await working(instance);
        assertEqual([list.has(owned), list.get(owned)], [true, "somebody"], "a task that is owned");
        assertEqual([list.has(free), list.get(free)], [true, undefined], "a task that has its answers");
        for (const id of [asleep, ended, cancelled])
          assertEqual(list.has(id), false, "whether a task that needs no work is listed");
      }
      await b.claim(free, undefined, "next");
      assertEqual((await working(a)).get(free), "next", "the owner of a task that was claimed");
      for (const id of [owned, free]) await a.cancel(id);
    },
  },
  {
    name: "tasks without an owner are listed first, then those that were changed least recently",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [first, second, third] = [await created(a), await created(a), await created(a)];
      const free = await waiting(a);
      for (const [id, change] of [
        [second, () => a.save(second, "owner", 1)],
        [first, () => a.describe(first, "owner", "text")],
        [third, () => b.claim(third, "owner", "next")],
      ] as const) {
        await pause(10);
        assert(Boolean(await change()), `the task ${id} changes`);
      }
      const ids = [...(await working(b)).keys()];
      const places = [free, second, first, third].map((id) => ids.indexOf(id));
      assert(!places.includes(-1), "working() lists every task that is working");
      assertEqual(
        places,
        [...places].sort((one, other) => one - other),
        "the places in the list",
      );
      const few = await a.working(2);
      assertEqual(
        few.map(({ id }) => id),
        ids.slice(0, 2),
        "the first two of the list",
      );
      for (const id of [free, second, first, third]) await a.cancel(id);
    },
  },
  {
    name: "a task is gone when its time is over, whatever happened to it, and others stay",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const long = await created(a);
      const [used, claimed, ended] = [
        await created(a, "owner", 400),
        await created(a, "owner", 400),
        await created(a, "owner", 400),
      ];
      await b.claim(claimed, "owner", "next");
      await b.finish(ended, "owner", "completed", { result: RESULT });
      // Uses do not lengthen its life.
      await eventually(
        async () => !(await a.save(used, "owner", "used")),
        "a task that lives for 400 ms is gone",
      );
      await eventually(
        async () => (await b.get(ended)) === undefined,
        "a task that lives for 400 ms is gone",
      );
      await eventually(
        async () => (await b.get(claimed)) === undefined,
        "a task that lives for 400 ms is gone",
      );
      for (const instance of [a, b]) {
        const list = await working(instance);
        for (const [id, owner] of [
          [used, "owner"],
          [claimed, "next"],
          [ended, "owner"],
        ] as const) {
          assertEqual(await instance.get(id), undefined, "a task whose time is over");
          assertEqual(await instance.claim(id, owner, "another"), undefined, "claim() of it");
          assertEqual(await instance.answer(id, { q: 1 }), undefined, "answer() of it");
          assertEqual(await instance.cancel(id), undefined, "cancel() of it");
          await assertRefused(instance, id, owner);
          assertEqual(list.has(id), false, "whether it is listed as working");
        }
        assertTask(await instance.get(long), { status: "working", owner: "owner" });
      }
    },
  },
];
