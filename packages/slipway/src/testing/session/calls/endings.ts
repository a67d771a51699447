import { assertEqual, assertString, atOnce, settle } from "../../assert.ts";
import { append, reopened, replayed, type SessionCase } from "../helpers.ts";
import {
  answered,
  asking,
  assertCall,
  assertEnded,
  CALL_METHODS,
  messagesAfter,
  REQUEST,
  twoWithCalls,
  YES,
} from "./helpers.ts";

/** A call ends once, by its last event, without one, or with its session. */
export const endingCases: readonly SessionCase[] = [
  {
    name: "the last event ends the call in the same step",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const [first = "", second = ""] = questions;
      const running = await asking(a, 1, id);
      const event = await append(a, id, stream, "first");
      await b.answerCall(id, first, YES);
      assertString(await a.appendCallEvent(id, stream, owner, "end", true), "the id of the last event");
      for (const instance of [a, b]) await assertEnded(instance, id, stream, owner, [first, second]);
      assertEqual(await messagesAfter(b, id, event), ["end"], "the events");
      assertEqual(await b.has(id), true, "has() of the session");
      assertCall(await b.getCall(id, running.stream), { owner, questions: running.questions });
    },
  },
  {
    name: "a call that ends without an event has ended just so",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const [first = "", second = ""] = questions;
      const running = await asking(a, 1, id);
      const event = await append(a, id, stream, "first");
      await b.answerCall(id, first, YES);
      assertEqual(await b.endCall(id, stream, `${owner}x`), false, "endCall() by another");
      assertEqual(await a.endCall(id, stream, owner), true, "endCall()");
      for (const instance of [a, b]) {
        await assertEnded(instance, id, stream, owner, [first, second]);
        assertEqual((await answered(instance)).get(id), undefined, "whether answeredCalls() lists it");
      }
      assertEqual(await messagesAfter(b, id, event), [], "the events");
      assertCall(await b.getCall(id, running.stream), { owner, questions: running.questions });
      for (const [session, name] of [
        [id, "never begun"],
        [a.generateSessionId(), running.stream],
      ] as const)
        assertEqual(await b.endCall(session, name, owner), false, "endCall() of an unknown call");
    },
  },
  {
    name: "of many that end, claim and finish a call at once exactly one succeeds",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 6; round++) {
        const { id, stream, owner } = await asking(a, 1);
        const first = await append(a, id, stream, "first");
        const done = await atOnce(18, async (index) => {
          const instance = index % 2 === 0 ? a : b;
          if ((index + round) % 3 === 0) return (await instance.endCall(id, stream, owner)) && "ended";
          if ((index + round) % 3 === 1)
            return (await instance.claimCall(id, stream, owner, `claimant ${index}`)) && `claimant ${index}`;
          return (await instance.appendCallEvent(id, stream, owner, "end", true)) && "finished";
        });
        const winners = done.filter((each) => each !== undefined && each !== false);
        assertEqual(winners.length, 1, "how many of eighteen succeeded");
        const [winner] = winners;
        const next = winner?.startsWith("claimant") ? winner : undefined;
        assertEqual((await b.getCall(id, stream))?.owner, next, "the owner");
        assertEqual(await messagesAfter(a, id, first), winner === "finished" ? ["end"] : [], "the events");
      }
    },
  },
  {
    name: "of many last events at once one is appended",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 5; round++) {
        const { id, stream, owner } = await asking(a, 1);
        const first = await append(a, id, stream, "first");
        const ids = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).appendCallEvent(id, stream, owner, index, true),
        );
        const winners = [...ids.keys()].filter((index) => ids[index] !== undefined);
        assertEqual(winners.length, 1, "how many of twenty last events were appended");
        assertEqual(
          await replayed(b, id, first),
          [{ eventId: ids[winners[0] ?? 0], message: winners[0] }],
          "the events",
        );
      }
    },
  },
  {
    name: "a session that is deleted forgets its calls, and they do not bring it back",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const [first = "", second = ""] = questions;
      await a.answerCall(id, first, YES);
      await b.delete(id);
      await settle(() => a.beginCall(id, "another", { request: REQUEST }, owner));
      for (const instance of [a, b]) {
        for (const each of [stream, "another"])
          assertEqual(await instance.getCall(id, each), undefined, "a call of a deleted session");
        assertEqual(await instance.saveCall(id, stream, owner, "late", [second]), false, "saveCall()");
        assertEqual(await instance.answerCall(id, second, YES), undefined, "answerCall()");
        assertEqual(await instance.claimCall(id, stream, owner, "next"), undefined, "claimCall()");
        assertEqual(
          await instance.appendCallEvent(id, stream, owner, 1, true),
          undefined,
          "appendCallEvent()",
        );
        assertEqual((await answered(instance)).has(id), false, "whether answeredCalls() lists it");
      }
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      if (!(await reopened(a, id))) return;
      for (const each of [stream, "another"])
        assertEqual(await b.getCall(id, each), undefined, "a call of a session that was created again");
      assertEqual(
        await b.answerCall(id, second, YES),
        undefined,
        "answerCall() in a session that was created again",
      );
      assertEqual((await answered(b)).has(id), false, "whether answeredCalls() lists it");
    },
  },
  {
    name: "calls that are begun, saved and answered while their session is deleted leave nothing behind",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 20);
      await atOnce(40, async (index) => {
        const instance = index % 2 === 0 ? a : b;
        if (index === 20) await b.delete(id);
        else if (index % 4 === 0)
          await settle(() => instance.beginCall(id, `stream-${index}`, { request: REQUEST }, owner));
        else if (index % 4 === 1)
          await settle(() => instance.answerCall(id, questions[index % 20] ?? "", YES));
        else if (index % 4 === 2) await settle(() => instance.saveCall(id, stream, owner, index, questions));
        else await settle(() => instance.appendCallEvent(id, stream, owner, index, false));
      });
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      assertEqual((await answered(b)).has(id), false, "whether answeredCalls() lists it");
      if (!(await reopened(a, id))) return;
      const streams = [stream, ...Array.from({ length: 40 }, (_, index) => `stream-${index}`)];
      for (const each of streams)
        assertEqual(await b.getCall(id, each), undefined, "a call of a session that was created again");
    },
  },
];
