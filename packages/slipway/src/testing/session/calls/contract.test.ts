import { describe, expect, test } from "vitest";
import { failures, inLatin1, later, type Mutant, remote } from "../../../../test/mutants.ts";
import type { KeptCall, SessionAdapter, SessionCall } from "../../../ports/index.ts";
import { InMemorySessionAdapter, type InMemorySessionOptions } from "../../../stores/memory/index.ts";
import { runContract, sessionContract } from "../../index.ts";
import { callCases } from "./index.ts";

test("adapters that answer later, each over its own connection, keep the promises about calls", async () => {
  const report = await runContract(callCases, {
    abilities: ["idleTimeoutMs"],
    makeInstances: (count, settings) => {
      const server = new InMemorySessionAdapter(settings);
      return Array.from({ length: count }, () => remote(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(31);
});

const memory = InMemorySessionAdapter;

interface Begun {
  id: string;
  streamId: string;
  request: unknown;
  owner: string;
  journal: unknown;
  questions: Map<string, { response: unknown; at: number } | undefined>;
}

/** Keeps the calls beside the sessions, correctly but for what a mutant overrides. */
class Beside extends memory {
  calls = new Map<string, Begun>();
  #answers = 0;

  keyOf(id: string, streamId: string): string {
    return JSON.stringify([id, streamId]);
  }
  find(id: string, streamId: string): Begun | undefined {
    return this.has(id) ? this.calls.get(this.keyOf(id, streamId)) : undefined;
  }
  owned(id: string, streamId: string, owner: string): Begun | undefined {
    const call = this.find(id, streamId);
    return call?.owner === owner ? call : undefined;
  }
  asking(id: string, question: string): Begun | undefined {
    const open = (call: Begun) =>
      call.id === id && call.questions.has(question) && call.questions.get(question) === undefined;
    return this.has(id) ? [...this.calls.values()].find(open) : undefined;
  }
  override beginCall(id: string, streamId: string, { request }: SessionCall, owner: string) {
    if (this.find(id, streamId) !== undefined || !this.has(id)) return;
    const call = {
      id,
      streamId,
      request: structuredClone(request),
      owner,
      journal: undefined,
      questions: new Map(),
    };
    this.calls.set(this.keyOf(id, streamId), call);
  }
  override getCall(id: string, streamId: string): KeptCall | undefined {
    const call = this.find(id, streamId);
    if (call === undefined) return undefined;
    const questions = [...call.questions];
    return {
      request: call.request,
      owner: call.owner,
      journal: call.journal,
      questions: questions.filter(([, taken]) => taken === undefined).map(([question]) => question),
      responses: Object.fromEntries(
        questions.flatMap(([question, taken]) => (taken === undefined ? [] : [[question, taken.response]])),
      ),
    };
  }
  override saveCall(
    id: string,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ) {
    const call = this.owned(id, streamId, owner);
    if (call === undefined) return false;
    call.journal = structuredClone(journal);
    call.questions = this.saved(call, questions);
    return true;
  }
  saved(call: Begun, questions: readonly string[]): Begun["questions"] {
    return new Map(questions.map((question) => [question, call.questions.get(question)]));
  }
  override answerCall(id: string, question: string, response: unknown) {
    const call = this.asking(id, question);
    if (call === undefined) return undefined;
    call.questions.set(question, { response, at: Date.now() + this.#answers++ / 1000 });
    return { streamId: call.streamId, owner: call.owner };
  }
  override claimCall(id: string, streamId: string, expected: string, owner: string) {
    const call = this.owned(id, streamId, expected);
    if (call === undefined) return undefined;
    call.owner = owner;
    return this.getCall(id, streamId);
  }
  override appendCallEvent(id: string, streamId: string, owner: string, message: unknown, last: boolean) {
    if (this.owned(id, streamId, owner) === undefined) return undefined;
    if (last) this.forget(id, streamId);
    return this.appendEvent(id, streamId, message);
  }
  override endCall(id: string, streamId: string, owner: string) {
    const owned = this.owned(id, streamId, owner) !== undefined;
    if (owned) this.forget(id, streamId);
    return owned;
  }
  forget(id: string, streamId: string): void {
    this.calls.delete(this.keyOf(id, streamId));
  }
  override answeredCalls(before: number, limit: number) {
    const at = (call: Begun) =>
      Math.min(...[...call.questions.values()].map((taken) => taken?.at ?? Infinity));
    return [...this.calls.values()]
      .filter((call) => this.has(call.id) && at(call) < before)
      .sort((one, other) => at(one) - at(other))
      .slice(0, limit)
      .map(({ id, streamId, owner }) => ({ id, streamId, owner }));
  }
  override delete(id: string): void {
    super.delete(id);
    for (const [key, call] of this.calls) if (call.id === id) this.calls.delete(key);
  }
}

test("the calls that the mutants keep are kept well", async () => {
  const report = await runContract(callCases, {
    abilities: ["idleTimeoutMs"],
    makeInstances: (count, settings) => Array<SessionAdapter>(count).fill(new Beside(settings)),
  });
  expect(report.failed).toEqual([]);
});

/** Looks whether it may, and does it in a second step, whatever has happened since. */
function twoSteps(settings?: InMemorySessionOptions): SessionAdapter {
  const server = new Beside(settings);
  const adapter = new Beside(settings);
  /** What a write that comes late does to a call that was found in time. */
  const back = (call: Begun) => server.calls.set(server.keyOf(call.id, call.streamId), call);
  return Object.assign(adapter, {
    generateSessionId: () => server.generateSessionId(),
    create: server.create.bind(server),
    has: server.has.bind(server),
    get: server.get.bind(server),
    delete: (id: string) => InMemorySessionAdapter.prototype.delete.call(server, id),
    replay: server.replay.bind(server),
    appendEvent: server.appendEvent.bind(server),
    getCall: server.getCall.bind(server),
    answeredCalls: server.answeredCalls.bind(server),
    async beginCall(id: string, streamId: string, call: SessionCall, owner: string) {
      await later();
      server.beginCall(id, streamId, call, owner);
    },
    async saveCall(id: string, streamId: string, owner: string, journal: unknown, questions: string[]) {
      const call = server.owned(id, streamId, owner);
      const saved = call && server.saved(call, questions);
      await later();
      if (call === undefined || saved === undefined) return false;
      call.journal = journal;
      call.questions = saved;
      return true;
    },
    async answerCall(id: string, question: string, response: unknown) {
      const call = server.asking(id, question);
      const taken = call && { streamId: call.streamId, owner: call.owner };
      await later();
      call?.questions.set(question, { response, at: Date.now() });
      return taken;
    },
    async claimCall(id: string, streamId: string, expected: string, owner: string) {
      const call = server.owned(id, streamId, expected);
      const kept = server.getCall(id, streamId);
      await later();
      if (call === undefined || kept === undefined) return undefined;
      call.owner = owner;
      back(call);
      return { ...kept, owner };
    },
    async appendCallEvent(id: string, streamId: string, owner: string, message: unknown, last: boolean) {
      const call = server.owned(id, streamId, owner);
      await later();
      if (call === undefined) return undefined;
      if (last) server.forget(id, streamId);
      return server.appendEvent(id, streamId, message);
    },
    async endCall(id: string, streamId: string, owner: string) {
      const call = server.owned(id, streamId, owner);
      await later();
      if (call === undefined) return false;
      server.forget(id, streamId);
      return true;
    },
  });
}

const mutants: Mutant<SessionAdapter>[] = [
  [
    "keeps requests in Latin-1",
    () =>
      new (class extends Beside {
        override beginCall(id: string, streamId: string, { request }: SessionCall, owner: string) {
          super.beginCall(id, streamId, { request: inLatin1(request) }, owner);
        }
      })(),
    "a call that one instance begins is found by every instance",
  ],
  [
    "begins a call anew that is begun again",
    () =>
      new (class extends Beside {
        override beginCall(id: string, streamId: string, call: SessionCall, owner: string) {
          this.calls.delete(this.keyOf(id, streamId));
          super.beginCall(id, streamId, call, owner);
        }
      })(),
    "a call that is begun again is the same call, whoever runs it by then",
  ],
  [
    "keeps one call of a session",
    () =>
      new (class extends Beside {
        override keyOf(id: string) {
          return id;
        }
      })(),
    "a call that one instance begins is found by every instance",
  ],
  [
    "adds questions to those that it has",
    () =>
      new (class extends Beside {
        override saved(call: Begun, questions: readonly string[]) {
          return new Map([...call.questions, ...super.saved(call, questions)]);
        }
      })(),
    "a call's journal and questions are those that were saved last",
  ],
  [
    "keeps the first journal",
    () =>
      new (class extends Beside {
        override saveCall(id: string, stream: string, owner: string, journal: unknown, questions: string[]) {
          return super.saveCall(id, stream, owner, this.find(id, stream)?.journal ?? journal, questions);
        }
      })(),
    "a call's journal and questions are those that were saved last",
  ],
  [
    "keeps the object that it was given",
    () =>
      new (class extends Beside {
        override saveCall(id: string, stream: string, owner: string, journal: unknown, questions: string[]) {
          const saved = super.saveCall(id, stream, owner, journal, questions);
          const call = this.find(id, stream);
          if (call !== undefined) call.journal = journal;
          return saved;
        }
      })(),
    "what the owner does to a journal that it saved does not change the journal that is kept",
  ],
  [
    "takes null for no response",
    () =>
      new (class extends Beside {
        override answerCall(id: string, question: string, response: unknown) {
          return response === null ? undefined : super.answerCall(id, question, response);
        }
      })(),
    "the answer to a question names the call's stream and owner, and is kept in the call",
  ],
  [
    "closes all questions with the first answer",
    () =>
      new (class extends Beside {
        override answerCall(id: string, question: string, response: unknown) {
          const call = this.asking(id, question);
          const taken = super.answerCall(id, question, response);
          for (const [each, given] of call?.questions ?? []) {
            if (given === undefined) call?.questions.delete(each);
          }
          return taken;
        }
      })(),
    "the answer to a question names the call's stream and owner, and is kept in the call",
  ],
  [
    "takes the answers to questions of other sessions",
    () =>
      new (class extends Beside {
        override asking(id: string, question: string) {
          const open = (call: Begun) => call.questions.has(question);
          return super.asking(id, question) ?? [...this.calls.values()].find(open);
        }
      })(),
    "an answer to a question that is not open is not taken",
  ],
  [
    "takes the answer to a question that was dropped",
    () =>
      new (class extends Beside {
        readonly #dropped = new Map<string, Begun>();
        override saved(call: Begun, questions: readonly string[]) {
          for (const question of call.questions.keys()) this.#dropped.set(question, call);
          return super.saved(call, questions);
        }
        override asking(id: string, question: string) {
          return super.asking(id, question) ?? this.#dropped.get(question);
        }
      })(),
    "an answer to a question that is not open is not taken",
  ],
  [
    "looks and takes in two steps",
    twoSteps,
    "of many answers to a question at once one is taken, and that one is kept",
  ],
  [
    "opens a question again that is saved again",
    () =>
      new (class extends Beside {
        override saved(_: Begun, questions: readonly string[]) {
          return new Map(questions.map((question) => [question, undefined]));
        }
      })(),
    "a question that was answered stays so when it is saved again, and goes when it is not",
  ],
  [
    "keeps responses that are in the journal",
    () =>
      new (class extends Beside {
        override saved(call: Begun, questions: readonly string[]) {
          const answered = [...call.questions].filter(([, taken]) => taken !== undefined);
          return new Map([...answered, ...super.saved(call, questions)]);
        }
      })(),
    "a question that was answered stays so when it is saved again, and goes when it is not",
  ],
  [
    "loses an answer that a save overtakes",
    twoSteps,
    "an answer that arrives while the call is saved is not lost and not taken twice",
  ],
  [
    "looks who owns a call, and takes the answer later",
    twoSteps,
    "of an answer and a claim at once the later one knows of the other",
  ],
  [
    "lets anybody claim",
    () =>
      new (class extends Beside {
        override claimCall(id: string, streamId: string, _: string, owner: string) {
          return super.claimCall(id, streamId, this.find(id, streamId)?.owner ?? "", owner);
        }
      })(),
    "a call is claimed only from the owner that is expected, with all that is kept of it",
  ],
  [
    "forgets the responses with a claim",
    () =>
      new (class extends Beside {
        override claimCall(id: string, streamId: string, expected: string, owner: string) {
          const call = super.claimCall(id, streamId, expected, owner);
          return call && { ...call, responses: {} };
        }
      })(),
    "a call is claimed only from the owner that is expected, with all that is kept of it",
  ],
  ["looks and claims in two steps", twoSteps, "of many that claim a call at once exactly one gets it"],
  [
    "lets a former owner save",
    () =>
      new (class extends Beside {
        override saveCall(id: string, stream: string, _: string, journal: unknown, questions: string[]) {
          return super.saveCall(id, stream, this.find(id, stream)?.owner ?? "", journal, questions);
        }
      })(),
    "a former owner can change nothing, append nothing and end nothing",
  ],
  [
    "lets a former owner end the call",
    () =>
      new (class extends Beside {
        override endCall(id: string, stream: string) {
          return super.endCall(id, stream, this.find(id, stream)?.owner ?? "");
        }
      })(),
    "a former owner can change nothing, append nothing and end nothing",
  ],
  ["looks and saves in two steps", twoSteps, "a save and a claim at once happen one after the other"],
  [
    "looks who owns a call and ends it in two steps",
    twoSteps,
    "of an owner that ends a call and another that claims it one succeeds",
  ],
  [
    "lets a former owner append",
    () =>
      new (class extends Beside {
        override appendCallEvent(
          id: string,
          streamId: string,
          owner: string,
          message: unknown,
          last: boolean,
        ) {
          return (
            super.appendCallEvent(id, streamId, owner, message, last) ??
            this.appendEvent(id, streamId, message)
          );
        }
      })(),
    "the events of an owner that is replaced in the midst come before the next owner's, without a gap",
  ],
  [
    "keeps a log of its own for calls",
    () =>
      new (class extends Beside {
        override appendEvent(id: string, streamId: string, message: unknown) {
          const ofCall =
            this.find(id, streamId) !== undefined && JSON.stringify(message).includes('"index":1,');
          return super.appendEvent(id, ofCall ? `${streamId}-call` : streamId, message);
        }
        override appendCallEvent(id: string, streamId: string, owner: string, message: unknown) {
          return this.owned(id, streamId, owner) && super.appendEvent(id, `${streamId}-call`, message);
        }
      })(),
    "the events of a call are in its stream like any other",
  ],
  [
    "does not keep the order of appends that are under way",
    () => {
      let count = 0;
      const adapter = new Beside();
      const append = adapter.appendCallEvent.bind(adapter);
      return Object.assign(adapter, {
        async appendCallEvent(id: string, streamId: string, owner: string, message: unknown, last: boolean) {
          if (count++ % 2 === 0) await later();
          return append(id, streamId, owner, message, last);
        },
      });
    },
    "events that an owner appends without waiting keep their order, and the last ends the call after them",
  ],
  [
    "does not end a call with its last event",
    () =>
      new (class extends Beside {
        override appendCallEvent(id: string, streamId: string, owner: string, message: unknown) {
          return super.appendCallEvent(id, streamId, owner, message, false);
        }
      })(),
    "the last event ends the call in the same step",
  ],
  [
    "ends all calls of the session with one",
    () =>
      new (class extends Beside {
        override forget(id: string) {
          for (const [key, call] of this.calls) if (call.id === id) this.calls.delete(key);
        }
      })(),
    "the last event ends the call in the same step",
  ],
  [
    "appends an event when a call ends without one",
    () =>
      new (class extends Beside {
        override endCall(id: string, streamId: string, owner: string) {
          return super.appendCallEvent(id, streamId, owner, "end", true) !== undefined;
        }
      })(),
    "a call that ends without an event has ended just so",
  ],
  [
    "ends what it does not know",
    () =>
      new (class extends Beside {
        override endCall(id: string, streamId: string, owner: string) {
          return super.endCall(id, streamId, owner) || this.find(id, streamId) === undefined;
        }
      })(),
    "a call that ends without an event has ended just so",
  ],
  [
    "looks and ends in two steps",
    twoSteps,
    "of many that end, claim and finish a call at once exactly one succeeds",
  ],
  ["looks and appends the last event in two steps", twoSteps, "of many last events at once one is appended"],
  [
    "keeps the calls of a deleted session",
    () =>
      new (class extends Beside {
        override delete(id: string) {
          const calls = new Map(this.calls);
          super.delete(id);
          this.calls = calls;
        }
      })(),
    "a session that is deleted forgets its calls, and they do not bring it back",
  ],
  [
    "opens a session with a call",
    () =>
      new (class extends Beside {
        override beginCall(id: string, streamId: string, call: SessionCall, owner: string) {
          if (!this.has(id)) this.create(id, { protocolVersion: "" });
          super.beginCall(id, streamId, call, owner);
        }
      })(),
    "a session that is deleted forgets its calls, and they do not bring it back",
  ],
  [
    "writes to a session that was there a moment ago",
    twoSteps,
    "calls that are begun, saved and answered while their session is deleted leave nothing behind",
  ],
  [
    "takes streams without regard to case",
    () =>
      new (class extends Beside {
        override keyOf(id: string, streamId: string) {
          return super.keyOf(id, streamId.toLowerCase());
        }
      })(),
    "calls, questions and owners whose ids look alike are different",
  ],
  [
    "trims the names of owners",
    () =>
      new (class extends Beside {
        override claimCall(id: string, streamId: string, expected: string, owner: string) {
          return super.claimCall(id, streamId, expected.trim(), owner);
        }
      })(),
    "calls, questions and owners whose ids look alike are different",
  ],
  [
    "joins the session and the stream",
    () =>
      new (class extends Beside {
        override keyOf(id: string, streamId: string) {
          return `${id}/${streamId}`;
        }
      })(),
    "a call belongs to one session",
  ],
  [
    "keeps the questions of all sessions together",
    () =>
      new (class extends Beside {
        override asking(_: string, question: string) {
          return [...this.calls.values()].find((call) => call.questions.has(question));
        }
      })(),
    "a call belongs to one session",
  ],
  [
    "lists calls that have asked",
    () =>
      new (class extends Beside {
        override answeredCalls() {
          return [...this.calls.values()].filter(({ questions }) => questions.size > 0);
        }
      })(),
    "a call is listed as answered from its answer on, until a save lets the response go",
  ],
  [
    "lists a call until it ends",
    () =>
      new (class extends Beside {
        readonly #answered = new Set<string>();
        override answerCall(id: string, question: string, response: unknown) {
          this.#answered.add(id);
          return super.answerCall(id, question, response);
        }
        override answeredCalls(before: number) {
          return [...this.calls.values()].filter(({ id }) => before > Date.now() && this.#answered.has(id));
        }
      })(),
    "a call is listed as answered from its answer on, until a save lets the response go",
  ],
  [
    "lists the owner that began the call",
    () =>
      new (class extends Beside {
        override answeredCalls(before: number, limit: number) {
          return super.answeredCalls(before, limit).map((call) => ({ ...call, owner: "owner" }));
        }
      })(),
    "a call is listed as answered from its answer on, until a save lets the response go",
  ],
  [
    "lists calls that have ended",
    () =>
      new (class extends Beside {
        readonly #answered: { id: string; streamId: string; owner: string }[] = [];
        override answerCall(id: string, question: string, response: unknown) {
          const taken = super.answerCall(id, question, response);
          if (taken !== undefined) this.#answered.push({ id, ...taken });
          return taken;
        }
        override answeredCalls() {
          return this.#answered;
        }
      })(),
    "a call that has ended is not listed as answered",
  ],
  [
    "lists calls in the order in which they began",
    () =>
      new (class extends Beside {
        override answeredCalls(before: number, limit: number) {
          const listed = new Set(super.answeredCalls(before, 100_000).map(({ id }) => id));
          return [...this.calls.values()].filter(({ id }) => listed.has(id)).slice(0, limit);
        }
      })(),
    "the calls that were answered first are listed first, and no more than asked for",
  ],
  [
    "lists more than it is asked for",
    () =>
      new (class extends Beside {
        override answeredCalls(before: number) {
          return super.answeredCalls(before, 100_000);
        }
      })(),
    "the calls that were answered first are listed first, and no more than asked for",
  ],
  [
    "lists ten calls",
    () =>
      new (class extends Beside {
        override answeredCalls(before: number) {
          return super.answeredCalls(before, 10);
        }
      })(),
    "calls that are answered at once are all listed",
  ],
  [
    "lists the calls of expired sessions",
    (settings) =>
      new (class extends Beside {
        override answeredCalls() {
          return [...this.calls.values()];
        }
      })(settings),
    "the calls of a session that has expired are gone and not listed",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(sessionContract, caughtBy, make, 4_000)).toEqual([caughtBy]);
  });

  test.each(callCases.map(({ name }) => name))("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});
