import type { KeptCall, SessionCall, SessionId } from "../../ports/index.ts";
import { jsonText } from "./json-text.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

interface Response {
  readonly text: string;
  readonly takenAt: number;
}

interface AnsweredCall {
  readonly id: SessionId;
  readonly streamId: string;
  readonly owner: string;
}

/** A call that has not finished. */
class Call implements Linked<Call> {
  /** Among the calls of all sessions that hold a response, in the order in which the first one was taken. */
  older: Call | undefined = undefined;
  newer: Call | undefined = undefined;
  readonly id: SessionId;
  readonly streamId: string;
  readonly request: string;
  owner: string;
  journal: string | undefined = undefined;
  /** Without a response while it is open; in the order in which they were taken. */
  questions = new Map<string, Response | undefined>();
  /** When the first response that it holds was taken; `undefined` while it holds none. */
  answeredAt: number | undefined = undefined;

  constructor(id: SessionId, streamId: string, request: string, owner: string) {
    this.id = id;
    this.streamId = streamId;
    this.request = request;
    this.owner = owner;
  }
}

/** The calls of all sessions that hold a response which is not in their journal. */
export class AnsweredCalls {
  readonly #calls = new LinkedList<Call>();

  /** Puts a call in its place, or takes it out, after its responses have changed. */
  update(call: Call): void {
    let answeredAt: number | undefined;
    for (const response of call.questions.values()) {
      if (response !== undefined) answeredAt = Math.min(answeredAt ?? response.takenAt, response.takenAt);
    }
    if (answeredAt === call.answeredAt) return;
    this.remove(call);
    if (answeredAt === undefined) return;
    call.answeredAt = answeredAt;
    let place = this.#calls.newest;
    while (place?.answeredAt !== undefined && place.answeredAt > answeredAt) place = place.older;
    this.#calls.insertAfter(place, call);
  }

  remove(call: Call): void {
    if (call.answeredAt === undefined) return;
    call.answeredAt = undefined;
    this.#calls.remove(call);
  }

  list(before: number, limit: number): AnsweredCall[] {
    const found: AnsweredCall[] = [];
    let call = this.#calls.oldest;
    while (call?.answeredAt !== undefined && call.answeredAt < before && found.length < limit) {
      found.push({ id: call.id, streamId: call.streamId, owner: call.owner });
      call = call.newer;
    }
    return found;
  }
}

/** The calls of one session that have not finished, by their streams. */
export class SessionCalls {
  readonly #id: SessionId;
  readonly #calls = new Map<string, Call>();
  /** The calls that ask, by their open questions. */
  readonly #asking = new Map<string, Call>();
  readonly #answered: AnsweredCalls;
  readonly #maxCalls: number;

  constructor(id: SessionId, answered: AnsweredCalls, maxCalls: number) {
    this.#id = id;
    this.#answered = answered;
    this.#maxCalls = maxCalls;
  }

  /** Throws an Error when the session has too many calls. */
  begin(streamId: string, { request }: SessionCall, owner: string): void {
    if (this.#calls.has(streamId)) return;
    if (this.#calls.size >= this.#maxCalls) {
      throw new Error(
        `The session has ${this.#maxCalls} calls already; wait until some have finished, or raise maxCalls.`,
      );
    }
    this.#calls.set(streamId, new Call(this.#id, streamId, jsonText(request, "a call's request"), owner));
  }

  get(streamId: string): KeptCall | undefined {
    const call = this.#calls.get(streamId);
    return call && kept(call);
  }

  isOwner(streamId: string, owner: string): boolean {
    return this.#calls.get(streamId)?.owner === owner;
  }

  save(streamId: string, owner: string, journal: unknown, questions: readonly string[]): boolean {
    const call = this.#calls.get(streamId);
    if (call === undefined || call.owner !== owner) return false;
    call.journal = jsonText(journal, "a call's journal");
    this.#close(call);
    const before = call.questions;
    call.questions = new Map(questions.map((question) => [question, before.get(question)]));
    for (const [question, response] of call.questions) {
      if (response === undefined) this.#asking.set(question, call);
    }
    this.#answered.update(call);
    return true;
  }

  answer(
    question: string,
    response: unknown,
    now: number,
  ): { readonly streamId: string; readonly owner: string } | undefined {
    const call = this.#asking.get(question);
    if (call === undefined) return undefined;
    call.questions.set(question, { text: jsonText(response, "a response"), takenAt: now });
    this.#asking.delete(question);
    this.#answered.update(call);
    return { streamId: call.streamId, owner: call.owner };
  }

  claim(streamId: string, expected: string, owner: string): KeptCall | undefined {
    const call = this.#calls.get(streamId);
    if (call === undefined || call.owner !== expected) return undefined;
    call.owner = owner;
    return kept(call);
  }

  end(streamId: string): void {
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    this.#calls.delete(streamId);
    this.#close(call);
    this.#answered.remove(call);
  }

  /** Ends all. */
  clear(): void {
    for (const streamId of [...this.#calls.keys()]) this.end(streamId);
  }

  /** Takes no more answers to the call's questions. */
  #close(call: Call): void {
    for (const question of call.questions.keys()) {
      if (this.#asking.get(question) === call) this.#asking.delete(question);
    }
  }
}

function kept({ request, owner, journal, questions }: Call): KeptCall {
  const open: string[] = [];
  const responses: [string, unknown][] = [];
  for (const [question, response] of questions) {
    if (response === undefined) open.push(question);
    else responses.push([question, JSON.parse(response.text)]);
  }
  return {
    request: JSON.parse(request),
    owner,
    journal: journal === undefined ? undefined : JSON.parse(journal),
    questions: open,
    responses: Object.fromEntries(responses),
  };
}
