import { assert, assertEqual, atOnce, eventually, pause } from "../../assert.ts";
import type { SessionCase } from "../helpers.ts";
import { answered, asking, CALL_METHODS, LONG_MS, twoWithCalls, YES } from "./helpers.ts";

/** Calls that hold an answer are found by whoever looks for those that nobody goes on with. */
export const answeredCases: readonly SessionCase[] = [
  {
    name: "a call is listed as answered from its answer on, until a save lets the response go",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const [first = "", second = ""] = questions;
      assertEqual((await answered(b)).get(id), undefined, "a call without an answer");
      await a.answerCall(id, first, YES);
      assertEqual((await answered(b, -LONG_MS)).get(id), undefined, "a call whose answer was taken later");
      for (const instance of [a, b])
        assertEqual(
          (await answered(instance)).get(id),
          { id, streamId: stream, owner },
          "a call with an answer",
        );
      await a.answerCall(id, second, YES);
      await a.saveCall(id, stream, owner, [YES], [second]);
      assertEqual((await answered(b)).get(id), { id, streamId: stream, owner }, "a call with another answer");
      await b.claimCall(id, stream, owner, "next");
      assertEqual(
        (await answered(a)).get(id),
        { id, streamId: stream, owner: "next" },
        "a call that was claimed",
      );
      await b.saveCall(id, stream, "next", [YES, YES], []);
      for (const instance of [a, b])
        assertEqual((await answered(instance)).get(id), undefined, "a call whose answers are in its journal");
    },
  },
  {
    name: "a call that has ended is not listed as answered",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 1);
      await a.answerCall(id, questions[0] ?? "", YES);
      assert((await answered(b)).has(id), "answeredCalls() lists a call with an answer");
      await a.appendCallEvent(id, stream, owner, "end", true);
      for (const instance of [a, b])
        assertEqual((await answered(instance)).get(id), undefined, "a call that has ended");
    },
  },
  {
    name: "the calls that were answered first are listed first, and no more than asked for",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const calls = await atOnce(5, () => asking(a, 1));
      for (const index of [3, 0, 4, 1, 2]) {
        const call = calls[index];
        assert(call !== undefined, "there is a call");
        await pause(10);
        await (index % 2 === 0 ? a : b).answerCall(call.id, call.questions[0] ?? "", YES);
      }
      const order = [...(await answered(b)).keys()];
      const places = [3, 0, 4, 1, 2].map((index) => order.indexOf(calls[index]?.id ?? ""));
      assert(!places.includes(-1), "answeredCalls() lists every call with an answer");
      assertEqual(
        places,
        [...places].sort((one, other) => one - other),
        "the places in the list",
      );
      const few = await b.answeredCalls(Date.now() + LONG_MS, 2);
      assertEqual(
        few.map(({ id }) => id),
        order.slice(0, 2),
        "the first two of the list",
      );
      for (const call of calls) await a.delete(call.id);
    },
  },
  {
    name: "calls that are answered at once are all listed",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const calls = await atOnce(30, () => asking(a, 1));
      await atOnce(30, async (index) => {
        const { id = "", questions = [] } = calls[index] ?? {};
        await (index % 2 === 0 ? a : b).answerCall(id, questions[0] ?? "", YES);
      });
      const listed = await answered(b);
      assertEqual(
        calls.filter(({ id }) => !listed.has(id)),
        [],
        "the calls that are not listed",
      );
      await atOnce(30, async (index) => {
        await (index % 2 === 0 ? b : a).delete(calls[index]?.id ?? "");
      });
      const left = await answered(a);
      assertEqual(
        calls.filter(({ id }) => left.has(id)),
        [],
        "the calls of deleted sessions that are listed",
      );
    },
  },
  {
    name: "the calls of a session that has expired are gone and not listed",
    requires: [...CALL_METHODS, "idleTimeoutMs"],
    async run(makeInstances) {
      const [a, b] = await twoWithCalls((count) => makeInstances(count, { idleTimeoutMs: 1_000 }));
      const { id, stream, questions } = await asking(a, 1);
      await a.answerCall(id, questions[0] ?? "", YES);
      await eventually(async () => !(await b.has(id)), "a session that nobody uses expires");
      assertEqual((await answered(b)).get(id), undefined, "an answered call of an expired session");
      assertEqual(await b.getCall(id, stream), undefined, "a call of an expired session");
    },
  },
];
