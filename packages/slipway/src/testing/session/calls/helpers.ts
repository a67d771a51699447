import type { KeptCall, SessionAdapter } from "../../../ports/index.ts";
import { assertEqual } from "../../assert.ts";
import type { MakeInstances } from "../../contract.ts";
import { type Offering, openSession, replayed, twoWith } from "../helpers.ts";

export const CALL_METHODS = [
  "beginCall",
  "getCall",
  "saveCall",
  "answerCall",
  "claimCall",
  "appendCallEvent",
  "endCall",
  "answeredCalls",
] as const;

export type CallAdapter = Offering<(typeof CALL_METHODS)[number]>;

export const REQUEST = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "contract" } };
export const YES = { jsonrpc: "2.0", id: "q", result: { action: "accept" } };

/** More than clocks differ, in milliseconds. */
export const LONG_MS = 3_600_000;

export const JOURNAL = { steps: ["before"] };

interface Begun {
  readonly id: string;
  readonly stream: string;
  readonly owner: string;
}

export async function twoWithCalls(
  makeInstances: MakeInstances<SessionAdapter>,
): Promise<[CallAdapter, CallAdapter]> {
  return twoWith(makeInstances, ...CALL_METHODS);
}

/** A call in a session of its own, or in that session. */
export async function begun(adapter: CallAdapter, session?: string): Promise<Begun> {
  const id = session ?? (await openSession(adapter));
  const stream = crypto.randomUUID();
  await adapter.beginCall(id, stream, { request: REQUEST }, "owner");
  return { id, stream, owner: "owner" };
}

/** A call that has asked so many questions. */
export async function asking(
  adapter: CallAdapter,
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
export function assertCall(
  call: KeptCall | undefined,
  expected: Partial<KeptCall> & { owner: string },
): void {
  const whole = { request: REQUEST, journal: JOURNAL, responses: {}, ...expected };
  assertEqual(
    call && { ...call, questions: [...call.questions].sort() },
    { ...whole, questions: [...(expected.questions ?? [])].sort() },
    "the call",
  );
}

/** Nobody can find, change or go on with the call, and its questions are closed. */
export async function assertEnded(
  adapter: CallAdapter,
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
export async function answered(adapter: CallAdapter, afterNow = LONG_MS) {
  const calls = await adapter.answeredCalls(Date.now() + afterNow, 100_000);
  return new Map(calls.map((call) => [call.id, call]));
}

export async function messagesAfter(adapter: CallAdapter, id: string, eventId: string): Promise<unknown[]> {
  return (await replayed(adapter, id, eventId)).map(({ message }) => message);
}
