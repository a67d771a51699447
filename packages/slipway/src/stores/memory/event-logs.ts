import { EventLog, type LogOwner } from "./event-log.ts";
import { LinkedList } from "./linked-list.ts";

export interface LogBounds {
  /** Events held of one stream. */
  readonly maxEventBufferSize: number;
  /** Logs held of one session. */
  readonly maxStreams: number;
  /** Bytes held of one session. */
  readonly maxSessionBytes: number;
  /** How long a closed log is held, in milliseconds. */
  readonly closedStreamTtlMs: number;
}

/** The event logs of all sessions, kept within their bounds. */
export class EventLogs {
  readonly #bounds: LogBounds;
  /** In the order in which they were closed. */
  readonly #closed = new LinkedList<EventLog>();

  constructor(bounds: LogBounds) {
    this.#bounds = bounds;
  }

  /** The log of a stream, open, as the session's most recently used; a new one where there is none. */
  open(owner: LogOwner, streamId: string): EventLog {
    const { latest } = owner;
    if (latest?.streamId === streamId && latest.closedAt === undefined) return latest;
    const logs = logsOf(owner);
    const held = logs.get(streamId);
    if (held !== undefined) {
      this.#reopen(held);
      logs.delete(streamId);
    } else if (logs.size >= this.#bounds.maxStreams) {
      this.#drop(firstClosed(logs) ?? first(logs));
    }
    const log = held ?? new EventLog(owner, streamId, owner.nextSequence);
    logs.set(streamId, log);
    owner.latest = log;
    return log;
  }

  /** Adds an event, makes room for it, and answers with its sequence. */
  append(owner: LogOwner, streamId: string, text: string): number {
    const { maxEventBufferSize, maxSessionBytes } = this.#bounds;
    const log = this.open(owner, streamId);
    log.append(text);
    owner.logBytes += text.length;
    // Nothing else has to go for an event that could never be held.
    if (text.length > maxSessionBytes) owner.logBytes -= log.clear();
    if (log.length > maxEventBufferSize) owner.logBytes -= log.trim();
    while (owner.logBytes > maxSessionBytes) this.#shrink(logsOf(owner));
    return log.last;
  }

  close(owner: LogOwner, streamId: string, now: number): void {
    const log = owner.logs?.get(streamId);
    if (log === undefined || log.closedAt !== undefined) return;
    log.closedAt = now;
    this.#closed.append(log);
  }

  /** Drops the logs that were closed long enough ago. */
  sweep(now: number): void {
    const latest = now - this.#bounds.closedStreamTtlMs;
    let log = this.#closed.oldest;
    while (log?.closedAt !== undefined && log.closedAt <= latest) {
      this.#drop(log);
      log = this.#closed.oldest;
    }
  }

  /** Drops all logs of a session. */
  forget(owner: LogOwner): void {
    if (owner.logs === undefined) return;
    for (const log of owner.logs.values()) this.#drop(log);
    owner.logs = undefined;
  }

  #reopen(log: EventLog): void {
    if (log.closedAt === undefined) return;
    log.closedAt = undefined;
    this.#closed.remove(log);
  }

  /** A replay that is under way finds its log cleared, and so trimmed past its place. */
  #drop(log: EventLog): void {
    const { owner } = log;
    this.#reopen(log);
    owner.logs?.delete(log.streamId);
    if (owner.latest === log) owner.latest = undefined;
    owner.nextSequence = Math.max(owner.nextSequence, log.last + 1);
    owner.logBytes -= log.clear();
  }

  /** Frees some bytes: a closed log, or the oldest event of the log that takes the most. */
  #shrink(logs: Map<string, EventLog>): void {
    const closed = firstClosed(logs);
    if (closed !== undefined) {
      this.#drop(closed);
      return;
    }
    let largest = first(logs);
    for (const log of logs.values()) if (log.bytes > largest.bytes) largest = log;
    largest.owner.logBytes -= largest.trim();
  }
}

function logsOf(owner: LogOwner): Map<string, EventLog> {
  owner.logs ??= new Map();
  return owner.logs;
}

function firstClosed(logs: Map<string, EventLog>): EventLog | undefined {
  for (const log of logs.values()) if (log.closedAt !== undefined) return log;
  return undefined;
}

function first(logs: Map<string, EventLog>): EventLog {
  for (const log of logs.values()) return log;
  throw new Error("a session without event logs is over its bounds");
}
