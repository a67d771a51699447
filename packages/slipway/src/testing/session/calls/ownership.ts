import { assertEqual, assertString, atOnce, bothOrders } from "../../assert.ts";
import { awkwardMessage } from "../../hostile.ts";
import { append, numbered, replayed, type SessionCase } from "../helpers.ts";
import {
  asking,
  assertCall,
  CALL_METHODS,
  JOURNAL,
  messagesAfter,
  REQUEST,
  twoWithCalls,
  YES,
} from "./helpers.ts";

/** One runs a call at a time, and who has lost it changes nothing. */
export const ownershipCases: readonly SessionCase[] = [
  {
    name: "a call is claimed only from the owner that is expected, with all that is kept of it",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 2);
      const [first = "", second = ""] = questions;
      await b.answerCall(id, first, YES);
      for (const expected of ["", "nobody", `${owner}x`, owner.slice(1), "undefined"])
        assertEqual(
          await b.claimCall(id, stream, expected, "next"),
          undefined,
          "claimCall() from another owner",
        );
      assertEqual(await b.claimCall(id, "other", owner, "next"), undefined, "claimCall() of an unknown call");
      assertEqual(
        await b.claimCall(b.generateSessionId(), stream, owner, "next"),
        undefined,
        "claimCall() in an unknown session",
      );
      const expected = { owner: "next", journal: JOURNAL, questions: [second], responses: { [first]: YES } };
      assertCall(await b.claimCall(id, stream, owner, "next"), expected);
      assertCall(await a.getCall(id, stream), expected);
      assertEqual(await a.answerCall(id, second, YES), { streamId: stream, owner: "next" }, "answerCall()");
      assertEqual(
        (await a.claimCall(id, stream, "next", owner))?.owner,
        owner,
        "the owner after the next claim",
      );
    },
  },
  {
    name: "a call that is begun again is the same call, whoever runs it by then",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 1);
      await a.beginCall(id, stream, { request: REQUEST }, owner);
      assertCall(await b.getCall(id, stream), { owner, questions });
      await b.claimCall(id, stream, owner, "next");
      await a.beginCall(id, stream, { request: REQUEST }, owner);
      assertCall(await a.getCall(id, stream), { owner: "next", questions });
      const [question = ""] = questions;
      assertEqual(await b.answerCall(id, question, YES), { streamId: stream, owner: "next" }, "answerCall()");
    },
  },
  {
    name: "of many that claim a call at once exactly one gets it",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 5; round++) {
        const { id, stream, owner } = await asking(a, 1);
        const claims = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).claimCall(id, stream, owner, `claimant ${index}`),
        );
        const winners = [...claims.keys()].filter((index) => claims[index] !== undefined);
        assertEqual(winners.length, 1, "how many of twenty claims succeeded");
        assertEqual((await b.getCall(id, stream))?.owner, `claimant ${winners[0]}`, "the owner");
      }
    },
  },
  {
    name: "a former owner can change nothing, append nothing and end nothing",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner, questions } = await asking(a, 1);
      const first = await append(a, id, stream, "first");
      await b.claimCall(id, stream, owner, "next");
      for (const instance of [a, b]) {
        assertEqual(
          await instance.saveCall(id, stream, owner, "late", []),
          false,
          "saveCall() by a former owner",
        );
        for (const last of [false, true])
          assertEqual(
            await instance.appendCallEvent(id, stream, owner, "late", last),
            undefined,
            "appendCallEvent() by a former owner",
          );
      }
      assertEqual(await a.endCall(id, stream, owner), false, "endCall() by a former owner");
      assertCall(await a.getCall(id, stream), { owner: "next", journal: JOURNAL, questions });
      assertEqual(await b.saveCall(id, stream, "next", "new", []), true, "saveCall() by the owner");
      assertString(await b.appendCallEvent(id, stream, "next", "end", true), "the id of the last event");
      assertEqual(await messagesAfter(a, id, first), ["end"], "the events");
    },
  },
  {
    name: "a save and a claim at once happen one after the other",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 10; round++) {
        const { id, stream, owner, questions } = await asking(a, 1);
        const save = () => a.saveCall(id, stream, owner, "saved", questions);
        const claim = () => b.claimCall(id, stream, owner, "next");
        const [saved, claimed] = await bothOrders(round, save, claim);
        const journal = saved ? "saved" : JOURNAL;
        assertCall(claimed, { owner: "next", journal, questions });
        assertCall(await a.getCall(id, stream), { owner: "next", journal, questions });
      }
    },
  },
  {
    name: "of an owner that ends a call and another that claims it one succeeds",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (let round = 0; round < 10; round++) {
        const { id, stream, owner } = await asking(a, 1);
        const first = await append(a, id, stream, "first");
        const end = () => a.appendCallEvent(id, stream, owner, "end", true);
        const claim = () => b.claimCall(id, stream, owner, "next");
        const [ended, claimed] = await bothOrders(round, end, claim);
        assertEqual(ended === undefined, claimed !== undefined, "whether the claim succeeded");
        assertEqual(await messagesAfter(b, id, first), ended === undefined ? [] : ["end"], "the events");
        assertEqual(
          (await a.getCall(id, stream))?.owner,
          ended === undefined ? "next" : undefined,
          "the owner",
        );
      }
    },
  },
  {
    name: "the events of an owner that is replaced in the midst come before the next owner's, without a gap",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await asking(a, 1);
      const first = await append(a, id, stream, "first");
      const old: boolean[] = [];
      const replace = async () => {
        await b.claimCall(id, stream, owner, "next");
        for (let index = 0; index < 20; index++)
          assertString(await b.appendCallEvent(id, stream, "next", `new ${index}`, false), "an event's id");
      };
      let replaced: Promise<void> | undefined;
      for (let index = 0; index < 60; index++) {
        if (index === 20) replaced = replace();
        old.push((await a.appendCallEvent(id, stream, owner, `old ${index}`, false)) !== undefined);
      }
      await replaced;
      const kept = old.indexOf(false) === -1 ? old.length : old.indexOf(false);
      assertEqual(old.slice(kept).includes(true), false, "whether a replaced owner appends again");
      assertEqual(
        await messagesAfter(b, id, first),
        [
          ...Array.from({ length: kept }, (_, index) => `old ${index}`),
          ...Array.from({ length: 20 }, (_, index) => `new ${index}`),
        ],
        "the events",
      );
    },
  },
  {
    name: "the events of a call are in its stream like any other",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await asking(a, 1);
      const first = await append(a, id, stream, "first");
      await append(a, id, "other", "of another stream");
      const expected: { eventId: string; message: unknown }[] = [];
      for (let index = 0; index < 20; index++) {
        const message = index === 10 ? awkwardMessage() : numbered(stream, index);
        const eventId =
          index % 3 === 0
            ? await append(b, id, stream, message)
            : await a.appendCallEvent(id, stream, owner, message, index === 19);
        assertString(eventId, "the id of an appended event");
        expected.push({ eventId, message });
      }
      for (const instance of [a, b]) assertEqual(await replayed(instance, id, first), expected, "the events");
    },
  },
  {
    name: "events that an owner appends without waiting keep their order, and the last ends the call after them",
    requires: CALL_METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await asking(a, 1);
      const first = await append(a, id, stream, "first");
      const ids = await atOnce(50, (index) => a.appendCallEvent(id, stream, owner, index, index === 49));
      assertEqual(
        await replayed(b, id, first),
        ids.map((eventId, message) => ({ eventId, message })),
        "the events of appends that were begun one after the other",
      );
    },
  },
];
