import type { KeptCall, SessionAdapter } from "../../ports/index.ts";
import {
  assert,
  assertEqual,
  assertString,
  atOnce,
  bothOrders,
  eventually,
  pause,
  settle,
} from "../assert.ts";
import type { MakeInstances } from "../contract.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "../hostile.ts";
import {
  append,
  lookAlikes,
  numbered,
  type Offering,
  openSession,
  openSessionAs,
  reopened,
  replayed,
  type SessionCase,
  twoWith,
} from "./helpers.ts";

const METHODS = [
  "beginCall",
  "getCall",
  "saveCall",
  "answerCall",
  "claimCall",
  "appendCallEvent",
  "endCall",
  "answeredCalls",
] as const;

type Adapter = Offering<(typeof METHODS)[number]>;

const REQUEST = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "contract" } };
const YES = { jsonrpc: "2.0", id: "q", result: { action: "accept" } };

/** What a session adapter promises about calls, which go on when the machine that runs them dies. */
export const callCases: readonly SessionCase[] = [
  {
    name: "a call that one instance begins is found by every instance",
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    name: "a call is claimed only from the owner that is expected, with all that is kept of it",
    requires: METHODS,
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
    name: "of many that claim a call at once exactly one gets it",
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const { id, stream, owner } = await asking(a, 1);
      const first = await append(a, id, stream, "first");
      const old: boolean[] = [];
      await Promise.all([
        (async () => {
          for (let index = 0; index < 60; index++)
            old.push((await a.appendCallEvent(id, stream, owner, `old ${index}`, false)) !== undefined);
        })(),
        (async () => {
          await eventually(() => old.length > 20, "twenty events are appended");
          await b.claimCall(id, stream, owner, "next");
          for (let index = 0; index < 20; index++)
            assertString(await b.appendCallEvent(id, stream, "next", `new ${index}`, false), "an event's id");
        })(),
      ]);
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
    requires: METHODS,
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
    requires: METHODS,
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
  {
    name: "the last event ends the call in the same step",
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
  {
    name: "calls, questions and owners whose ids look alike are different",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      const id = await openSession(a);
      const rows = HOSTILE_IDS.map((stream, index) => ({
        stream,
        question: HOSTILE_IDS.at(-1 - index) ?? "",
        owner: HOSTILE_IDS[(index + 7) % HOSTILE_IDS.length] ?? "",
      }));
      for (const { stream } of rows)
        assertEqual(await b.getCall(id, stream), undefined, `the call of ${stream.slice(0, 50)}`);
      for (const { stream, owner } of rows) await a.beginCall(id, stream, { request: { stream } }, owner);
      for (const { stream, owner, question } of rows)
        assertEqual(await b.saveCall(id, stream, owner, { stream }, [question]), true, "saveCall()");
      for (const { stream, owner, question } of rows) {
        assertEqual(await b.claimCall(id, stream, `${owner} `, "next"), undefined, "claimCall()");
        assertEqual(
          await a.answerCall(id, question, { question }),
          { streamId: stream, owner },
          "answerCall()",
        );
      }
      for (const { stream, owner, question } of rows) {
        assertCall(await b.getCall(id, stream), {
          request: { stream },
          owner,
          journal: { stream },
          responses: Object.fromEntries([[question, { question }]]),
        });
        assertString(await a.appendCallEvent(id, stream, owner, "end", true), "the id of the last event");
      }
    },
  },
  {
    name: "a call belongs to one session",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWithCalls(makeInstances);
      for (const pairs of lookAlikes(`s${a.generateSessionId()}`)) {
        for (const [id] of pairs) await openSessionAs(a, id);
        // The ids of questions differ in life; here they join with the sessions' to the same text too.
        for (const [id, stream] of [...pairs, ...pairs.map(([id]) => [id, "same"] as const)]) {
          await a.beginCall(id, stream, { request: id }, "owner");
          await a.saveCall(id, stream, "owner", id, [`${stream}?`]);
        }
        const [[longId, y], [shortId, xy]] = pairs;
        for (const [id, stream] of [
          [longId, xy],
          [shortId, y],
        ] as const) {
          assertEqual(await b.getCall(id, stream), undefined, "the call of the other session's stream");
          assertEqual(
            await b.answerCall(id, `${stream}?`, YES),
            undefined,
            "answerCall() in the other session",
          );
          assertEqual(
            await b.claimCall(id, stream, "owner", "next"),
            undefined,
            "claimCall() in the other session",
          );
        }
        assertEqual(
          await b.answerCall(shortId, "same?", "short"),
          { streamId: "same", owner: "owner" },
          "answerCall()",
        );
        await b.claimCall(shortId, "same", "owner", "next");
        assertEqual(
          await a.saveCall(longId, "same", "owner", longId, ["same?"]),
          true,
          "saveCall() in the other session",
        );
        assertCall(await b.getCall(longId, "same"), {
          request: longId,
          owner: "owner",
          journal: longId,
          questions: ["same?"],
        });
        await b.delete(shortId);
        for (const stream of [y, "same"])
          assertEqual(
            (await a.getCall(longId, stream))?.request,
            longId,
            "the call after the other session's end",
          );
        await b.delete(longId);
      }
    },
  },
  {
    name: "a call is listed as answered from its answer on, until a save lets the response go",
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: METHODS,
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
    requires: [...METHODS, "idleTimeoutMs"],
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

/** More than clocks differ, in milliseconds. */
const LONG_MS = 3_600_000;

const JOURNAL = { steps: ["before"] };

interface Begun {
  readonly id: string;
  readonly stream: string;
  readonly owner: string;
}

async function twoWithCalls(makeInstances: MakeInstances<SessionAdapter>): Promise<[Adapter, Adapter]> {
  return twoWith(makeInstances, ...METHODS);
}

/** A call in a session of its own, or in that session. */
async function begun(adapter: Adapter, session?: string): Promise<Begun> {
  const id = session ?? (await openSession(adapter));
  const stream = crypto.randomUUID();
  await adapter.beginCall(id, stream, { request: REQUEST }, "owner");
  return { id, stream, owner: "owner" };
}

/** A call that has asked so many questions. */
async function asking(
  adapter: Adapter,
  count: number,
  session?: string,
): Promise<Begun & { readonly questions: readonly string[] }> {
  const call = await begun(adapter, session);
  const questions = Array.from({ length: count }, () => crypto.randomUUID());
  assertEqual(
    await adapter.saveCall(call.id, call.stream, call.owner, JOURNAL, questions),
    true,
    "saveCall()",
  );
  return { ...call, questions };
}

/** The call is as expected; what is left out is as in a call that {@link asking} made and nobody answered. */
function assertCall(call: KeptCall | undefined, expected: Partial<KeptCall> & { owner: string }): void {
  const whole = { request: REQUEST, journal: JOURNAL, responses: {}, ...expected };
  assertEqual(
    call && { ...call, questions: [...call.questions].sort() },
    { ...whole, questions: [...(expected.questions ?? [])].sort() },
    "the call",
  );
}

/** Nobody can find, change or go on with the call, and its questions are closed. */
async function assertEnded(
  adapter: Adapter,
  id: string,
  stream: string,
  owner: string,
  questions: readonly string[],
): Promise<void> {
  assertEqual(await adapter.getCall(id, stream), undefined, "a call that has ended");
  assertEqual(await adapter.saveCall(id, stream, owner, "late", questions), false, "saveCall() afterwards");
  assertEqual(await adapter.claimCall(id, stream, owner, "next"), undefined, "claimCall() afterwards");
  assertEqual(await adapter.endCall(id, stream, owner), false, "endCall() afterwards");
  for (const last of [false, true])
    assertEqual(
      await adapter.appendCallEvent(id, stream, owner, "late", last),
      undefined,
      "appendCallEvent() afterwards",
    );
  for (const question of questions)
    assertEqual(await adapter.answerCall(id, question, YES), undefined, "answerCall() afterwards");
}

/** The calls with an answer, in the order of the list, by the ids of their sessions. */
async function answered(adapter: Adapter, afterNow = LONG_MS) {
  const calls = await adapter.answeredCalls(Date.now() + afterNow, 100_000);
  return new Map(calls.map((call) => [call.id, call]));
}

async function messagesAfter(adapter: Adapter, id: string, eventId: string): Promise<unknown[]> {
  return (await replayed(adapter, id, eventId)).map(({ message }) => message);
}
