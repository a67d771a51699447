import { EventsGoneError, messageText } from "../../ports/index.ts";
import { randomId } from "../../server/index.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Exchange, Headers } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import { type EventSink, tooManyStreams } from "../sinks.ts";
import { sseMessage } from "../sse.ts";
import { EventStream, type EventStreamSettings } from "./event-stream.ts";
import { unheardBell } from "./response.ts";
import { ANSWERING, type LiveSession, STANDALONE } from "./session.ts";
import { type Sessions, unknownSession } from "./sessions.ts";
import { Tail } from "./tail.ts";
import type { Takeover } from "./takeover.ts";

/** The streams that clients open by GET: to listen, or to go on with one that they had, wherever that was. */
export class GetStreams {
  readonly #endpoint: Endpoint;
  readonly #sessions: Sessions;
  readonly #takeover: Takeover | undefined;
  /** By whether the streams are primed. */
  readonly #shared = new Map<boolean, EventStreamSettings>();

  constructor(endpoint: Endpoint, sessions: Sessions, takeover: Takeover | undefined) {
    this.#endpoint = endpoint;
    this.#sessions = sessions;
    this.#takeover = takeover;
  }

  /** @param expiresAt when a stream ends on which the client listens, so that it shows again who it is */
  open(
    exchange: Exchange,
    cors: Headers,
    session: LiveSession,
    expiresAt: number | undefined,
  ): void | Promise<void> {
    const lastEventId = exchange.header("last-event-id");
    if (lastEventId !== undefined && lastEventId !== "") {
      return this.#resume(exchange, cors, session, expiresAt, lastEventId);
    }
    const stream = this.#streamOf(session, `${STANDALONE}${randomId()}`);
    stream.start(this.#connect(exchange, cors, session, expiresAt, stream));
  }

  /** Sends what another instance has appended to a stream. */
  look({ id, tails, streams }: LiveSession, streamId: string, at: number | undefined): void {
    tails.get(streamId)?.look(at);
    void streams.get(streamId)?.look((eventId) => this.#missed(id, eventId), at);
  }

  /** Bells may have been lost. */
  lookEverywhere({ id, tails, streams }: LiveSession): void {
    for (const tail of tails.values()) tail.look();
    for (const stream of streams.values()) void stream.look((eventId) => this.#missed(id, eventId));
  }

  /** The client has come back for a stream elsewhere. */
  leave(session: LiveSession, streamId: string): void {
    session.tails.get(streamId)?.stop();
    session.unfollow(streamId);
    const stream = session.streams.get(streamId);
    if (stream === undefined) return;
    stream.leave();
    // A listening stream goes on there; an answering one still gets its events from here.
    if (streamId.startsWith(STANDALONE)) session.remove(stream);
  }

  #streamOf(session: LiveSession, id: string): EventStream {
    const { adapter } = this.#sessions;
    return new EventStream(id, { adapter, sessionId: session.id }, this.#streamSettings(session));
  }

  /** One for many streams where nothing in them is the session's own, since there may be many. */
  #streamSettings({ id, revision }: LiveSession): EventStreamSettings {
    const { settings, core, fleet, delivered } = this.#endpoint;
    const { primesStreams: primes } = revision;
    const known = this.#shared.get(primes);
    if (known !== undefined) return known;
    const made = {
      retryMs: settings.retryMs,
      primes,
      logger: core.logger,
      unheard: unheardBell(fleet, id),
      delivered,
    };
    if (fleet === undefined) this.#shared.set(primes, made);
    return made;
  }

  #connect(
    exchange: Exchange,
    cors: Headers,
    session: LiveSession,
    expiresAt: number | undefined,
    stream: EventStream,
  ): EventSink {
    if (session.ended) throw unknownSession();
    const connected = [...session.streams.values()].filter((other) => other.connected).length;
    if (connected >= this.#endpoint.settings.maxStreamsPerSession) {
      throw tooManyStreams("This session has");
    }
    const standalone = stream.id.startsWith(STANDALONE);
    const { fleet, sinks } = this.#endpoint;
    const sink = sinks.open(exchange, cors, session.principal, () => {
      if (!standalone) return;
      this.#sessions.linger(session, stream);
      fleet?.ring({ bell: "listening", session: session.id, by: fleet.instanceId, open: false });
    });
    if (!stream.ended) session.streams.set(stream.id, stream);
    if (standalone) {
      sink.endAt(expiresAt);
      this.#sessions.listen(session);
      session.listensAt = undefined;
      fleet?.ring({ bell: "listening", session: session.id, by: fleet.instanceId, open: true });
    }
    return sink;
  }

  /** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery */
  async #resume(
    exchange: Exchange,
    cors: Headers,
    session: LiveSession,
    expiresAt: number | undefined,
    lastEventId: string,
  ): Promise<void> {
    const { fleet, observer } = this.#endpoint;
    observer?.happened?.({ kind: "resumed" });
    const named = this.#sessions.adapter.streamOf?.(lastEventId);
    const live = [...session.streams.values()].find(({ id }) => id === named || lastEventId.includes(id));
    if (named !== undefined) {
      fleet?.ring({ bell: "resumed", session: session.id, stream: named, by: fleet.instanceId });
    }
    if (
      live === undefined &&
      named?.startsWith(ANSWERING) &&
      (await this.#takeover?.goesOn(session.id, named))
    ) {
      return this.#follow(exchange, cors, session, named, lastEventId);
    }
    const former = live === undefined ? this.#formerStream(session, named) : undefined;
    const stream = live ?? former ?? this.#ended();
    const resumption = stream.hold();
    try {
      const missed = await this.#missed(session.id, lastEventId);
      stream.resume(this.#connect(exchange, cors, session, expiresAt, stream), missed, resumption);
      // Nobody kept what changed while no machine had the stream.
      if (former !== undefined) this.#sessions.tellOfAll(session);
    } catch (error) {
      stream.release(resumption);
      if (live === undefined) session.remove(stream);
      throw error;
    }
  }

  /** Connects a client to a stream whose call is served by another machine. */
  async #follow(
    exchange: Exchange,
    cors: Headers,
    session: LiveSession,
    streamId: string,
    lastEventId: string,
  ): Promise<void> {
    const takeover = this.#takeover as Takeover;
    const missed = await this.#missed(session.id, lastEventId);
    const sink = this.#endpoint.sinks.open(exchange, cors, session.principal, () => {
      session.unfollow(streamId, tail);
      session.releaseIfIdle();
    });
    if (missed.size > 0) void sink.write([...missed.values()].join(""));
    const tail: Tail = new Tail(
      {
        missedSince: (eventId) => this.#missed(session.id, eventId),
        goesOn: () => takeover.goesOn(session.id, streamId),
      },
      sink,
      [...missed.keys()].at(-1) ?? lastEventId,
      this.#endpoint.delivered,
    );
    session.follow(streamId, tail);
    tail.look();
  }

  /** The events that came after an id on its stream, as they are sent, by their ids. */
  async #missed(sessionId: string, lastEventId: string): Promise<ReadonlyMap<string, string>> {
    const missed = new Map<string, string>();
    try {
      await this.#sessions.adapter.replay(sessionId, lastEventId, (eventId, message) => {
        missed.set(eventId, sseMessage(messageText(message), eventId));
      });
    } catch (error) {
      if (!(error instanceof EventsGoneError)) throw error;
      const message = "The events after this Last-Event-ID are no longer held: send the request again.";
      throw new HttpError(410, message);
    }
    return missed;
  }

  /** A listening stream that this process does not know goes on here; an answered one has all it will get. */
  #formerStream(session: LiveSession, id: string | undefined): EventStream | undefined {
    if (!id?.startsWith(STANDALONE)) return undefined;
    const stream = this.#streamOf(session, id);
    // From now on, so that a client which comes back twice at once finds the same one.
    session.streams.set(id, stream);
    return stream;
  }

  #ended(): EventStream {
    const { settings, core } = this.#endpoint;
    const { retryMs } = settings;
    const stream = new EventStream("", undefined, { retryMs, primes: false, logger: core.logger });
    stream.end();
    return stream;
  }
}
