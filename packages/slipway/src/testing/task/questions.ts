import { assertEqual, atOnce, bothOrders } from "../assert.ts";
import { awkwardMessage, HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import {
  asking,
  assertRefused,
  assertTask,
  created,
  questions,
  type TaskCase,
  waiting,
  working,
} from "./helpers.ts";

/** A task asks, sleeps, and goes on when it has all its answers. */
export const questionCases: readonly TaskCase[] = [
  {
    name: "a task that asks sleeps with its questions, and nobody owns it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await created(a);
      await a.save(id, "owner", "before");
      const asked = { ...questions(HOSTILE_IDS), odd: awkwardMessage() };
      assertEqual(await a.ask(id, "owner", ["asked"], asked), true, "ask()");
      for (const instance of [b, a]) {
        assertTask(await instance.get(id), {
          status: "input_required",
          journal: ["asked"],
          questions: asked,
          owner: undefined,
        });
        assertEqual((await working(instance)).has(id), false, "whether it is listed as working");
        assertEqual(await instance.answers(id), {}, "answers()");
        assertEqual(await instance.claim(id, undefined, "next"), undefined, "claim() from nobody");
        assertEqual(await instance.claim(id, "owner", "next"), undefined, "claim() from the one that asked");
        await assertRefused(instance, id, "owner");
      }
    },
  },
  {
    name: "a task goes on when its last question is answered, with all its answers",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const keys = ["first", ...HOSTILE_IDS];
      const id = await asking(a, keys);
      const given: [string, unknown][] = [];
      for (const [index, key] of keys.slice(0, -1).entries()) {
        const answer = index === 0 ? awkwardMessage() : { key };
        given.push([key, answer]);
        const task = await (index % 2 === 0 ? b : a).answer(id, Object.fromEntries([[key, answer]]));
        assertTask(task, {
          status: "input_required",
          questions: questions(keys.slice(index + 1)),
          owner: undefined,
        });
      }
      const last = keys.at(-1) ?? "";
      given.push([last, null]);
      const task = await b.answer(id, Object.fromEntries([[last, null]]));
      assertTask(task, { status: "working", questions: {}, owner: undefined, journal: ["asked"] });
      for (const instance of [a, b]) {
        assertEqual(await instance.get(id), task, "the task");
        assertEqual(await instance.answers(id), Object.fromEntries(given), "answers()");
      }
    },
  },
  {
    name: "several questions are answered in one step",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await asking(a, ["first", "second", "third"]);
      assertTask(await b.answer(id, { first: 1, third: 3 }), {
        status: "input_required",
        questions: questions(["second"]),
      });
      assertTask(await b.answer(id, { second: 2 }), { status: "working", questions: {} });
      assertEqual(await a.answers(id), { first: 1, second: 2, third: 3 }, "answers()");
    },
  },
  {
    name: "an answer to a question that is not open is ignored",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await asking(a, ["q", "r"]);
      await b.answer(id, { q: "first" });
      const unknown = Object.fromEntries([...HOSTILE_IDS, "", "qr", "Q"].map((key) => [key, "unknown"]));
      for (const answers of [{ q: "second" }, unknown, {}]) {
        assertTask(await a.answer(id, answers), { status: "input_required", questions: questions(["r"]) });
        assertEqual(await b.answers(id), { q: "first" }, "answers()");
      }
      assertTask(await a.answer(id, { ...unknown, q: "third", r: "first" }), {
        status: "working",
        questions: {},
      });
      assertEqual(await b.answers(id), { q: "first", r: "first" }, "answers()");
    },
  },
  {
    name: "answers to a task that asks nothing are ignored, also while somebody works on it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const fresh = await created(a);
      assertTask(await b.answer(fresh, { q: 1 }), { status: "working", owner: "owner", questions: {} });
      assertEqual(await b.answers(fresh), {}, "answers()");
      const again = await waiting(a);
      await b.claim(again, undefined, "next");
      assertTask(await a.answer(again, { q: "late" }), { status: "working", owner: "next", questions: {} });
      assertEqual(await b.answers(again), { q: "a" }, "answers()");
    },
  },
  {
    name: "answers are kept while others go on with the task, until it asks again",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await asking(a, ["q", "r"]);
      await b.answer(id, { q: 1, r: 2 });
      assertTask(await b.claim(id, undefined, "second"), {
        owner: "second",
        journal: ["asked"],
        status: "working",
      });
      await b.save(id, "second", ["asked", "answered"]);
      assertTask(await a.claim(id, "second", "third"), { owner: "third", journal: ["asked", "answered"] });
      assertEqual(await a.answers(id), { q: 1, r: 2 }, "answers()");
      assertEqual(await a.ask(id, "third", ["asked again"], questions(["q"])), true, "ask()");
      for (const instance of [a, b]) {
        assertEqual(await instance.answers(id), {}, "answers() after the next question");
        assertTask(await instance.get(id), { status: "input_required", questions: questions(["q"]) });
      }
      assertTask(await b.answer(id, { q: "new", r: "late" }), { status: "working", owner: undefined });
      assertEqual(await a.answers(id), { q: "new" }, "answers()");
    },
  },
  {
    name: "of many answers to a question at once one is kept, and the task goes on once",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = await asking(a, ["q", "r", "s"]);
        const seen = await atOnce(20, async (index) => {
          const instance = index % 2 === 0 ? a : b;
          const task = await instance.answer(id, { q: index, r: index, s: index });
          assertTask(task, { status: "working", owner: undefined, questions: {} });
          return instance.answers(id);
        });
        const kept = await b.answers(id);
        for (const each of seen) assertEqual(each, kept, "the answers that one that answered has seen");
        assertEqual(kept, { q: kept.q, r: kept.q, s: kept.q }, "the answers, all of one that answered");
        await a.answer(id, { q: "late", r: "late", s: "late" });
        assertEqual(await b.answers(id), kept, "the answers afterwards");
      }
    },
  },
  {
    name: "answers to different questions at once are all kept, and the task goes on",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const keys = Array.from({ length: 12 }, (_, index) => `q${index}`);
        const id = await asking(a, keys);
        await atOnce(12, (index) => (index % 2 === 0 ? a : b).answer(id, { [`q${index}`]: index }));
        assertTask(await b.get(id), { status: "working", owner: undefined, questions: {} });
        assertEqual(
          await a.answers(id),
          Object.fromEntries(keys.map((key, index) => [key, index])),
          "answers()",
        );
      }
    },
  },
  {
    name: "a late answer does not take a task from the one that has claimed it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = await asking(a, ["q"]);
        const claims = await atOnce(20, async (index) => {
          const instance = index % 4 < 2 ? a : b;
          await instance.answer(id, { q: index });
          return instance.claim(id, undefined, `worker ${index}`);
        });
        const winners = [...claims.keys()].filter((index) => claims[index] !== undefined);
        assertEqual(winners.length, 1, "how many of twenty claims succeeded");
        assertTask(await b.get(id), { status: "working", owner: `worker ${winners[0]}` });
      }
    },
  },
  {
    name: "a task that is answered and cancelled at once has ended",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 10; round++) {
        const id = await asking(a, ["q"]);
        await bothOrders(
          round,
          () => a.answer(id, { q: 1 }),
          () => b.cancel(id),
        );
        assertTask(await a.get(id), { status: "cancelled", owner: undefined, questions: {} });
        assertEqual(await b.claim(id, undefined, "next"), undefined, "claim()");
        assertEqual((await working(b)).has(id), false, "whether it is listed as working");
      }
    },
  },
];
