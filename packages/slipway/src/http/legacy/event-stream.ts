import { type EventId, messageText, type SessionAdapter } from "../../ports/index.ts";
import type { JsonRpcMessage } from "../../protocol/jsonrpc.ts";
import type { Logger } from "../../server/index.ts";
import type { EventSink } from "../sinks.ts";
import { sseMessage, ssePriming, sseRetry } from "../sse.ts";
import type { OwnedCall } from "./kept-call.ts";
import { whileAway } from "./store-patience.ts";

/** Where a stream's events are kept, so that it can be resumed. */
export interface EventLog {
  readonly adapter: SessionAdapter;
  readonly sessionId: string;
}

/** Hears of an event that was written, and when it was appended, in milliseconds since 1970. */
export type Delivered = (appendedAt: number, from: "here" | "elsewhere") => void;

export interface EventStreamSettings {
  readonly retryMs: number;
  /** Whether the client understands an event without data. */
  readonly primes: boolean;
  readonly logger: Logger;
  /** The call that the stream answers, where another machine could go on with it. */
  readonly call?: OwnedCall | undefined;
  /** Called after an event that no connection of this machine has got. */
  readonly unheard?: ((stream: EventStream) => void) | undefined;
  readonly delivered?: Delivered | undefined;
  /** Called when another machine goes on with the stream. */
  readonly lost?: (() => void) | undefined;
}

interface Held {
  readonly text: string;
  readonly eventId: string | undefined;
  readonly at: number;
}

/**
 * One event stream of a session: a log that goes on while connections come and go. Events are kept before
 * they are sent, in the order in which they were given.
 */
export class EventStream {
  readonly id: string;
  readonly #log: EventLog | undefined;
  readonly #settings: EventStreamSettings;
  #sink: EventSink | undefined;
  #ended = false;
  /** Events that wait while a connection that resumes is given what it missed. */
  #held: Held[] | undefined;
  /** What a resumption has sent, in which the store may have been ahead of its own replies. */
  #replayed: ReadonlyMap<string, string> | undefined;
  #resumptions = 0;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #tail: Promise<void> | undefined;
  #lastEventId: string | undefined;
  #lost = false;

  constructor(id: string, log: EventLog | undefined, settings: EventStreamSettings) {
    this.id = id;
    this.#log = log;
    this.#settings = settings;
  }

  get connected(): boolean {
    return this.#sink?.open ?? false;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `letGo`, unless a connection resumes the stream within `ms`. */
  linger(ms: number, letGo: () => void): void {
    this.stopLingering();
    if (this.#ended) return;
    this.#lingering = setTimeout(letGo, ms);
    (this.#lingering as { unref?: () => void }).unref?.();
  }

  stopLingering(): void {
    clearTimeout(this.#lingering);
  }

  /**
   * Begins the stream on its first connection.
   * @param begun what has to be done before the first event is kept
   */
  start(sink: EventSink, begun?: Promise<void>): void {
    this.#sink = sink;
    if (begun !== undefined) void this.#enqueue(begun);
    if (!this.#settings.primes || this.#log === undefined) return;
    const { adapter, sessionId } = this.#log;
    const open = () => this.#guard(() => adapter.openStream?.(sessionId, this.id));
    if (this.#tail !== undefined) {
      void this.#enqueue(this.#tail.then(open).then((id) => this.#prime(id)));
      return;
    }
    const eventId = open();
    if (eventId instanceof Promise) void this.#enqueue(eventId.then((id) => this.#prime(id)));
    else this.#prime(eventId);
  }

  #prime(eventId: string | undefined): void {
    if (eventId === undefined) return;
    this.#lastEventId = eventId;
    void this.#sink?.write(ssePriming(eventId, this.#settings.retryMs));
  }

  /**
   * Keeps and sends a message. Waits only for a store, or a slow reader.
   * @param last whether it ends the call that the stream answers
   */
  send(message: JsonRpcMessage, known?: string, last = false): void | Promise<void> {
    const json = messageText(message, known);
    const at = this.#settings.delivered === undefined ? 0 : Date.now();
    if (this.#tail !== undefined) {
      return this.#enqueue(
        this.#tail.then(() => this.#keep(message, last)).then((id) => this.#write(json, id, at)),
      );
    }
    const eventId = this.#keep(message, last);
    if (eventId instanceof Promise) return this.#enqueue(eventId.then((id) => this.#write(json, id, at)));
    return this.#write(json, eventId, at);
  }

  #keep(message: JsonRpcMessage, last: boolean): string | undefined | Promise<string | undefined> {
    const log = this.#log;
    if (log === undefined || this.#lost) return undefined;
    const { call } = this.#settings;
    if (call === undefined)
      return this.#guard(() => log.adapter.appendEvent(log.sessionId, this.id, message));
    return this.#guard(async () => {
      const eventId = await call.append(message, last);
      if (eventId === undefined) this.#lose();
      return eventId;
    });
  }

  /** Another machine goes on: what this one says from now on is not for the client. */
  #lose(): void {
    this.#lost = true;
    this.#sink?.end();
    this.#settings.lost?.();
  }

  /** The id of the stream's last event, once what is under way is kept. */
  async place(): Promise<EventId | undefined> {
    await this.#tail;
    return this.#lastEventId;
  }

  /** A store that is away is waited for; one that fails costs the event its id, not its delivery. */
  #guard(run: () => string | undefined | Promise<string | undefined>): ReturnType<typeof run> {
    const failed = (error: unknown) => {
      this.#settings.logger.error("An event could not be kept; its client cannot resume before it.", error);
      return undefined;
    };
    try {
      const done = run();
      return done instanceof Promise ? done.catch((error) => whileAway(run, error)).catch(failed) : done;
    } catch (error) {
      return failed(error);
    }
  }

  #enqueue(work: Promise<void>): Promise<void> {
    const tail = work.finally(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
    return tail;
  }

  #write(json: string, eventId: string | undefined, at: number): void | Promise<void> {
    if (this.#lost) return;
    if (eventId !== undefined && this.#replayed !== undefined) {
      if (this.#replayed.has(eventId)) return;
      this.#replayed = undefined;
    }
    const text = sseMessage(json, eventId);
    if (this.#held !== undefined) {
      this.#held.push({ text, eventId, at });
      return;
    }
    if (eventId !== undefined) this.#lastEventId = eventId;
    if (!this.connected) this.#settings.unheard?.(this);
    else if (eventId !== undefined) this.#settings.delivered?.(at, "here");
    return this.#sink?.write(text);
  }

  /** No more will come: the connection ends after what was sent, and the log may be let go. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stopLingering();
    const finish = () => {
      if (this.#held === undefined) this.#sink?.end();
      const log = this.#log;
      if (log !== undefined)
        void this.#guard(() => log.adapter.closeStream?.(log.sessionId, this.id) as undefined);
      this.#settings.call?.leave();
    };
    if (this.#tail === undefined) finish();
    else void this.#enqueue(this.#tail.then(finish));
  }

  /** Closes the connection only; the client comes back after `retryMs`. */
  disconnect(retryMs: number = this.#settings.retryMs): void {
    const finish = () => {
      void this.#sink?.write(sseRetry(retryMs));
      this.#sink?.end();
    };
    if (this.#tail === undefined) finish();
    else void this.#enqueue(this.#tail.then(finish));
  }

  /** Cuts the connection off. */
  cut(): void {
    this.#sink?.abort();
  }

  /**
   * Takes a connection that resumes. Until {@link resume} or {@link release} events are held back, so that none
   * overtakes those that are replayed.
   * @returns which resumption it is; of several at once, only the last one goes on
   */
  hold(): number {
    this.#sink?.end();
    this.#sink = undefined;
    this.#held ??= [];
    return ++this.#resumptions;
  }

  /** Goes on, on `sink`, with what was missed and then with what was held, each event once. */
  resume(sink: EventSink, missed: ReadonlyMap<string, string>, resumption: number): void {
    if (resumption !== this.#resumptions) {
      // The client has come back once more since.
      sink.end();
      return;
    }
    this.stopLingering();
    this.#sink = sink;
    this.#catchUp(missed);
    if (this.#ended) sink.end();
  }

  #catchUp(missed: ReadonlyMap<string, string>): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.#tail !== undefined) this.#replayed = missed;
    if (missed.size > 0) void this.#sink?.write([...missed.values()].join(""));
    this.#lastEventId = [...missed.keys()].at(-1) ?? this.#lastEventId;
    for (const { text, eventId, at } of held) {
      if (eventId !== undefined && missed.has(eventId)) continue;
      if (eventId !== undefined) this.#settings.delivered?.(at, "here");
      this.#lastEventId = eventId ?? this.#lastEventId;
      void this.#sink?.write(text);
    }
  }

  /**
   * Sends what another machine has appended to the stream.
   * @param at when that was, where it is known
   */
  async look(
    missedSince: (eventId: string) => Promise<ReadonlyMap<string, string>>,
    at?: number,
  ): Promise<void> {
    const since = this.#lastEventId;
    if (since === undefined || this.#held !== undefined || !this.connected) return;
    this.#held = [];
    try {
      const missed = await missedSince(since);
      this.#catchUp(missed);
      if (at !== undefined && missed.size > 0) this.#settings.delivered?.(at, "elsewhere");
    } catch {
      // What cannot be replayed now is there when the client comes back.
      this.cut();
      this.#catchUp(new Map());
    }
  }

  /** The client is with another machine now. */
  leave(): void {
    this.#sink?.end();
    this.#sink = undefined;
    this.#settings.unheard?.(this);
  }

  /** Gives up on a connection that could not resume. What was held is in the log. */
  release(resumption: number): void {
    if (resumption === this.#resumptions) this.#held = undefined;
  }
}
