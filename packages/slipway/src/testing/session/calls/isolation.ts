import { assertEqual, assertString } from "../../assert.ts";
import { HOSTILE_IDS } from "../../hostile.ts";
import { lookAlikes, openSession, openSessionAs, type SessionCase } from "../helpers.ts";
import { assertCall, CALL_METHODS, twoWithCalls, YES } from "./helpers.ts";

/** Calls that look alike are different. */
export const isolationCases: readonly SessionCase[] = [
  {
    name: "calls, questions and owners whose ids look alike are different",
    requires: CALL_METHODS,
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
    requires: CALL_METHODS,
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
];
