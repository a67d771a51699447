import { assertEqual, atOnce, bothOrders } from "../../assert.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "../../hostile.ts";
import { openSession, type SessionCase } from "../helpers.ts";
import { asking, assertCall, begun, CALL_METHODS, JOURNAL, twoWithCalls, YES } from "./helpers.ts";

/** A call asks, and takes each answer once, wherever it arrives. */
export const questionCases: readonly SessionCase[] = [
  {
    name: "a call that one instance begins is found by every instance",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const id = await openSession(a);
      const request = awkwardMessage();
      await a.beginCall(id, "stream", { request }, "owner");
      for (const instance of [b, a]) {
        assertCall(await instance.getCall(id, "stream"), { request, owner: "owner", journal: undefined });
        assertEqual(await instance.getCall(id, "other"), undefined, "the call of another stream");
      }
    },
  },
  {
    name: "a call's journal and questions are those that were saved last",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await begun(a);
      const journals = [awkwardMessage(), [], bigMessage(256 * 1024), { steps: [1, null] }, null, "text"];
      for (const [index, journal] of journals.entries()) {
        const questions = Array.from({ length: index % 3 }, () => crypto.randomUUID());
        assertEqual(await a.saveCall(id, stream, owner, journal, questions), true, "saveCall()");
        for (const instance of [b, a])
          assertCall(await instance.getCall(id, stream), { owner, journal, questions });
      }
    },
  },
  {
    name: "what the owner does to a journal that it saved does not change the journal that is kept",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await begun(a);
      const journal = { steps: [1] };
      await a.saveCall(id, stream, owner, journal, []);
      journal.steps.push(2);
      assertCall(await b.getCall(id, stream), { owner, journal: { steps: [1] } });
    },
  },
  {
    name: "the answer to a question names the call's stream and owner, and is kept in the call",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 3);
      const [first = "", second = "", third = ""] = questions;
      const response = awkwardMessage();
      assertEqual(await b.answerCall(id, second, response), { streamId: stream, owner }, "answerCall()");
      assertCall(await a.getCall(id, stream), {
        owner,
        questions: [first, third],
        responses: { [second]: response },
      });
      assertEqual(await a.answerCall(id, first, null), { streamId: stream, owner }, "answerCall()");
      assertCall(await b.getCall(id, stream), {
        owner,
        questions: [third],
        responses: { [second]: response, [first]: null },
      });
    },
  },
  {
    name: "an answer to a question that is not open is not taken",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const other = await asking(a, 1);
      const [question = "", dropped = ""] = questions;
      await a.saveCall(id, stream, owner, JOURNAL, [question]);
      const unknown = ["", " ", `${question}x`, question.slice(1), dropped, stream, ...other.questions];
      for (const each of [...unknown, ...HOSTILE_IDS])
        assertEqual(await b.answerCall(id, each, YES), undefined, `answerCall() of ${each.slice(0, 50)}`);
      assertEqual(
        await b.answerCall(a.generateSessionId(), question, YES),
        undefined,
        "answerCall() in an unknown session",
      );
      assertCall(await b.getCall(id, stream), { owner, questions: [question] });
      assertCall(await b.getCall(other.id, other.stream), { owner, questions: other.questions });
    },
  },
  {
    name: "of many answers to a question at once one is taken, and that one is kept",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 5; round++) {
        const { id, stream, owner, questions } = await asking(a, 1);
        const [question = ""] = questions;
        const taken = await atOnce(20, (index) => (index % 2 === 0 ? a : b).answerCall(id, question, index));
        const winners = [...taken.keys()].filter((index) => taken[index] !== undefined);
        assertEqual(winners.length, 1, "how many of twenty answers were taken");
        assertEqual(
          taken[winners[0] ?? 0],
          { streamId: stream, owner },
          "answerCall() of the one that was taken",
        );
        assertCall(await b.getCall(id, stream), { owner, responses: { [question]: winners[0] } });
        assertEqual(await a.answerCall(id, question, "late"), undefined, "answerCall() afterwards");
      }
    },
  },
  {
    name: "a question that was answered stays so when it is saved again, and goes when it is not",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 3);
      const [first = "", second = "", third = ""] = questions;
      await b.answerCall(id, first, "first");
      await b.answerCall(id, second, "second");
      await a.saveCall(id, stream, owner, ["first"], [second, third]);
      assertCall(await b.getCall(id, stream), {
        owner,
        journal: ["first"],
        questions: [third],
        responses: { [second]: "second" },
      });
      for (const question of [first, second])
        assertEqual(
          await b.answerCall(id, question, "again"),
          undefined,
          "answerCall() of an answered question",
        );
      const [fourth, fifth] = [crypto.randomUUID(), crypto.randomUUID()];
      await a.saveCall(id, stream, owner, ["first", "second"], [third, fourth, fifth]);
      assertCall(await b.getCall(id, stream), {
        owner,
        journal: ["first", "second"],
        questions: [third, fourth, fifth],
      });
      for (const question of [fourth, third])
        assertEqual(await b.answerCall(id, question, 1), { streamId: stream, owner }, "answerCall()");
    },
  },
  {
    name: "an answer that arrives while the call is saved is not lost and not taken twice",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 10; round++) {
        const { id, stream, owner, questions } = await asking(a, 2);
        const [question = "", other = ""] = questions;
        const taken = await atOnce(12, async (index) => {
          if (index % 3 === round % 3) {
            assertEqual(await a.saveCall(id, stream, owner, { index }, questions), true, "saveCall()");
            return false;
          }
          return (await (index % 2 === 0 ? a : b).answerCall(id, question, "yes")) !== undefined;
        });
        assertEqual(taken.filter(Boolean).length, 1, "how many of eight answers were taken");
        const call = await b.getCall(id, stream);
        assertCall(call, {
          owner,
          journal: call?.journal,
          questions: [other],
          responses: { [question]: "yes" },
        });
      }
    },
  },
  {
    name: "of an answer and a claim at once the later one knows of the other",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 10; round++) {
        const { id, stream, owner, questions } = await asking(a, 1);
        const [question = ""] = questions;
        const [taken, claimed] = await bothOrders(
          round,
          () => a.answerCall(id, question, YES),
          () => b.claimCall(id, stream, owner, "next"),
        );
        const first = taken?.owner === owner;
        assertEqual(taken, { streamId: stream, owner: first ? owner : "next" }, "answerCall()");
        const answeredCall = { owner: "next", responses: { [question]: YES } };
        assertCall(claimed, first ? answeredCall : { owner: "next", questions });
        assertCall(await b.getCall(id, stream), answeredCall);
      }
    },
  },
];
