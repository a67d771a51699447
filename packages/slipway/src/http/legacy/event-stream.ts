import type { SessionAdapter } from "../../ports/index.ts";
import type { JsonRpcMessage } from "../../protocol/jsonrpc.ts";
import type { Logger } from "../../server/index.ts";
import type { EventSink } from "../sinks.ts";
import { sseMessage, ssePriming, sseRetry } from "../sse.ts";

/** Where a stream's events are kept, so that it can be resumed. */
export interface EventLog {
  readonly adapter: SessionAdapter;
  readonly sessionId: string;
}

export interface EventStreamSettings {
  readonly retryMs: number;
  /** Whether the client understands an event without data. */
  readonly primes: boolean;
  readonly logger: Logger;
}

interface Held {
  readonly text: string;
  readonly eventId: string | undefined;
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
  #resumptions = 0;
  #tail: Promise<void> | undefined;

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

  /** How often a client has come back for the stream. */
  get resumptions(): number {
    return this.#resumptions;
  }

  /** Begins the stream on its first connection. */
  start(sink: EventSink): void {
    this.#sink = sink;
    if (!this.#settings.primes || this.#log === undefined) return;
    const { adapter, sessionId } = this.#log;
    const eventId = this.#guard(() => adapter.openStream?.(sessionId, this.id));
    if (eventId instanceof Promise) void this.#enqueue(eventId.then((id) => this.#prime(id)));
    else this.#prime(eventId);
  }

  #prime(eventId: string | undefined): void {
    if (eventId !== undefined) void this.#sink?.write(ssePriming(eventId, this.#settings.retryMs));
  }

  /** Keeps and sends a message. Waits only for a store, or a slow reader. */
  send(message: JsonRpcMessage, json: string = JSON.stringify(message)): void | Promise<void> {
    if (this.#tail !== undefined) {
      return this.#enqueue(this.#tail.then(() => this.#keep(message)).then((id) => this.#write(json, id)));
    }
    const eventId = this.#keep(message);
    if (eventId instanceof Promise) return this.#enqueue(eventId.then((id) => this.#write(json, id)));
    return this.#write(json, eventId);
  }

  #keep(message: JsonRpcMessage): string | undefined | Promise<string | undefined> {
    const log = this.#log;
    if (log === undefined) return undefined;
    return this.#guard(() => log.adapter.appendEvent(log.sessionId, this.id, message));
  }

  /** A store that fails costs the event its id, not its delivery. */
  #guard(run: () => string | undefined | Promise<string | undefined>): ReturnType<typeof run> {
    const failed = (error: unknown) => {
      this.#settings.logger.error("An event could not be kept; its client cannot resume before it.", error);
      return undefined;
    };
    try {
      const done = run();
      return done instanceof Promise ? done.catch(failed) : done;
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

  #write(json: string, eventId: string | undefined): void | Promise<void> {
    const text = sseMessage(json, eventId);
    if (this.#held !== undefined) this.#held.push({ text, eventId });
    else return this.#sink?.write(text);
  }

  /** No more will come: the connection ends after what was sent, and the log may be let go. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const finish = () => {
      if (this.#held === undefined) this.#sink?.end();
      const log = this.#log;
      if (log !== undefined)
        void this.#guard(() => log.adapter.closeStream?.(log.sessionId, this.id) as undefined);
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
    this.#sink = sink;
    const held = this.#held ?? [];
    this.#held = undefined;
    if (missed.size > 0) void sink.write([...missed.values()].join(""));
    for (const { text, eventId } of held) {
      if (eventId === undefined || !missed.has(eventId)) void sink.write(text);
    }
    if (this.#ended) sink.end();
  }

  /** Gives up on a connection that could not resume. What was held is in the log. */
  release(resumption: number): void {
    if (resumption === this.#resumptions) this.#held = undefined;
  }
}
