import { EventsGoneError, type KeptCall } from "../../ports/index.ts";
import { RpcError } from "../../protocol/errors.ts";
import { type Answer, Call, interrupted, Journal, type Outcome, readAnswer } from "../../server/index.ts";
import type { Endpoint } from "../endpoint.ts";
import { EventStream } from "./event-stream.ts";
import type { Fleet } from "./fleet.ts";
import { type CallKeeper, type KeptJournal, OwnedCall } from "./kept-call.ts";
import { type CallRequest, LegacyResponse, unheardBell } from "./response.ts";
import type { LiveSession } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** How many orphaned calls one look takes on. */
const ORPHANS = 256;

/**
 * Goes on with calls whose machine died: from their journal where the client's answer has come, else with an
 * error that the client finds on resuming.
 */
export class Takeover {
  readonly #endpoint: Endpoint;
  readonly #sessions: Sessions;
  readonly #adapter: CallKeeper;
  readonly #fleet: Fleet;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(endpoint: Endpoint, sessions: Sessions, adapter: CallKeeper, fleet: Fleet) {
    this.#endpoint = endpoint;
    this.#sessions = sessions;
    this.#adapter = adapter;
    this.#fleet = fleet;
    this.#timer = setInterval(() => void this.adopt(), fleet.deadAfterMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Takes on answered calls of dead instances, wherever their answers were received.
   * @param before when they were answered; who answers a call looks after it first
   */
  async adopt(before = Date.now() - this.#fleet.deadAfterMs): Promise<void> {
    // What was left here is for the others.
    if (this.#endpoint.closing) return;
    try {
      await this.#settle();
      for (const { id, streamId, owner } of await this.#adapter.answeredCalls(before, ORPHANS)) {
        await this.answered(id, streamId, owner);
      }
    } catch (error) {
      this.#endpoint.core.logger.debug("Orphaned calls could not be looked for.", error);
    }
  }

  /** Goes on with what this instance has and does not serve: to the others it seems to be served. */
  async #settle(): Promise<void> {
    const { orphans } = this.#fleet;
    for (const [owner, orphan] of orphans) {
      const { sessionId, streamId } = orphan;
      const kept = await this.#adapter.getCall(sessionId, streamId);
      if (kept?.owner === owner) await this.#claim(sessionId, streamId, owner);
      if (kept === undefined || kept.owner === owner || --orphan.looks === 0) orphans.delete(owner);
    }
  }

  /** An answer was taken for a call of `owner`: if that is dead, the call goes on here. */
  async answered(sessionId: string, streamId: string, owner: string): Promise<void> {
    if (await this.#fleet.isAlive(owner)) return;
    await this.#claim(sessionId, streamId, owner);
  }

  /** Whether a call goes on somewhere; one that a dead instance has left is taken care of. */
  async goesOn(sessionId: string, streamId: string): Promise<boolean> {
    const kept = await this.#adapter.getCall(sessionId, streamId);
    if (kept === undefined) return false;
    if (await this.#fleet.isAlive(kept.owner)) return true;
    const waits = kept.questions.length > 0 && Object.keys(kept.responses).length === 0;
    if (waits && (await this.#unsent(sessionId, kept)).size === 0) return true;
    await this.#claim(sessionId, streamId, kept.owner);
    return true;
  }

  async #claim(sessionId: string, streamId: string, expected: string): Promise<void> {
    const owner = this.#fleet.newOwner();
    try {
      const kept = await this.#adapter.claimCall(sessionId, streamId, expected, owner);
      const session = kept && (await this.#sessions.open(sessionId));
      if (kept && session) this.#goOn(session, streamId, kept, await this.#unsent(sessionId, kept));
      else this.#fleet.disown(owner);
    } catch (error) {
      // It may have been claimed, and nobody serves it.
      this.#fleet.disown(owner, { sessionId, streamId });
      throw error;
    }
  }

  /** Open questions that the machine which died did not come to send. */
  async #unsent(sessionId: string, { questions, journal }: KeptCall): Promise<ReadonlySet<unknown>> {
    const { after } = (journal ?? {}) as Partial<KeptJournal>;
    const unsent = new Set<unknown>(after === undefined ? [] : questions);
    if (after === undefined || unsent.size === 0) return unsent;
    try {
      await this.#adapter.replay(sessionId, after, (_, message) => {
        unsent.delete((message as { id?: unknown }).id);
      });
    } catch (error) {
      // So much was sent since that the question was, too.
      if (error instanceof EventsGoneError) return new Set();
      throw error;
    }
    return unsent;
  }

  /** @param unsent is asked anew */
  #goOn(found: LiveSession, streamId: string, kept: KeptCall, unsent: ReadonlySet<unknown>): void {
    const session = found.retained();
    const { record, sentAs: asked = {}, after } = (kept.journal ?? {}) as Partial<KeptJournal>;
    const sentAs = Object.fromEntries(Object.entries(asked).filter(([, id]) => !unsent.has(id)));
    const owned = new OwnedCall(this.#fleet, this.#adapter, session.id, streamId, kept.owner, {
      sentAs,
      after,
    });
    const stream = this.#stream(session, streamId, owned);
    session.streams.set(streamId, stream);
    const { request, principal } = kept.request as CallRequest;
    const response = new LegacyResponse({
      endpoint: this.#endpoint,
      headers: [],
      revision: session.revision,
      session,
      requests: 1,
      batch: false,
      principal,
      takenOver: { stream, owned },
    });
    const answers = answersOf(kept, sentAs);
    const { logger } = this.#endpoint.core;
    if (answers.size + unsent.size === 0) {
      this.#endpoint.observer?.happened?.({ kind: "lost", of: "call" });
      logger.warn(`${request.method} is lost: the instance that served it is gone.`);
      response.finish(request.id, { kind: "error", error: interrupted() });
      return;
    }
    const call = new Call({
      revision: session.revision,
      method: request.method,
      params: request.params,
      id: request.id,
      client: session.client,
      outlet: response,
      principal,
      session,
      listens: true,
    });
    call.journal = new Journal(record);
    call.journal.answer(answers);
    response.answers(call);
    session.begin(call);
    this.#endpoint.observer?.happened?.({ kind: "takeover", of: "call" });
    logger.info(`${request.method} goes on here: the instance that served it is gone.`);
    void this.#serve(session, call, response);
  }

  async #serve(session: LiveSession, call: Call, response: LegacyResponse): Promise<void> {
    const outcome: Outcome = await this.#endpoint.resume(call);
    response.end(call, outcome);
    session.finish(call);
  }

  #stream(session: LiveSession, streamId: string, owned: OwnedCall): EventStream {
    return new EventStream(
      streamId,
      { adapter: this.#adapter, sessionId: session.id },
      {
        retryMs: this.#endpoint.settings.retryMs,
        primes: session.revision.primesStreams,
        logger: this.#endpoint.core.logger,
        call: owned,
        unheard: unheardBell(this.#fleet, session.id),
        delivered: this.#endpoint.delivered,
      },
    );
  }
}

/** The client's responses, by the names that their questions have in the journal. */
function answersOf(kept: KeptCall, sentAs: KeptJournal["sentAs"] = {}): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const [key, id] of Object.entries(sentAs)) {
    if (!Object.hasOwn(kept.responses, id)) continue;
    try {
      answers.set(key, { result: readAnswer(kept.responses[id]) });
    } catch (error) {
      if (error instanceof RpcError) answers.set(key, { error: error.toJSON() });
    }
  }
  return answers;
}
