import type { SessionId } from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";

/** Bounds of sessions: each takes a number of at least 1, or `Infinity` for none. */
export interface SqlSessionOptions {
  /** Events held of one stream at least; the oldest are trimmed some at a time. Default 1024. */
  maxEventBufferSize?: number;
  /** Sessions held. Beyond it `create` refuses. Default: no bound, and no counting. */
  maxSessions?: number;
  /**
   * Event logs held of one session. Beyond it the one closed first is dropped, or, where none is closed, the
   * one that was opened first. Default 64.
   */
  maxStreams?: number;
  /**
   * Size of a session's event logs, in characters of JSON. Beyond it closed logs are dropped, and then the
   * oldest events of the largest log are trimmed. A single message that is larger is not held at all. Default
   * 8 MiB.
   */
  maxSessionBytes?: number;
  /** Size of the values that handlers keep in a session, in characters of keys and JSON. Default 1 MiB. */
  maxValueBytes?: number;
  /** Calls kept of one session that have not finished. Default 1024. */
  maxCalls?: number;
  /** How long a session lives after its last use, in milliseconds. Default 30 minutes. */
  idleTimeoutMs?: number;
  /** How long the log of a closed stream is held for a client that resumes, in milliseconds. Default 5 minutes. */
  closedStreamTtlMs?: number;
  /** Default: `crypto.randomUUID()`, 122 random bits. */
  generateSessionId?: () => SessionId;
}

/** The bounds of {@link SqlSessionOptions}, each an integer that a database can calculate with. */
export interface SessionBounds {
  readonly maxEvents: number;
  /** `undefined`: no bound. */
  readonly maxSessions: number | undefined;
  readonly maxStreams: number;
  readonly maxBytes: number;
  readonly maxValueBytes: number;
  readonly maxCalls: number;
  readonly idleMs: number;
  readonly closedMs: number;
}

const LARGEST = 1e15;

/** Throws a RangeError for what is no bound. */
export function sessionBounds(options: SqlSessionOptions): SessionBounds {
  const maxSessions = bound("maxSessions", options.maxSessions, Number.POSITIVE_INFINITY);
  return {
    maxEvents: whole(bound("maxEventBufferSize", options.maxEventBufferSize, 1024)),
    maxSessions: maxSessions === Number.POSITIVE_INFINITY ? undefined : whole(maxSessions),
    maxStreams: whole(bound("maxStreams", options.maxStreams, 64)),
    maxBytes: whole(bound("maxSessionBytes", options.maxSessionBytes, 8 * 1024 * 1024)),
    maxValueBytes: whole(bound("maxValueBytes", options.maxValueBytes, 1024 * 1024)),
    maxCalls: whole(bound("maxCalls", options.maxCalls, 1024)),
    idleMs: whole(bound("idleTimeoutMs", options.idleTimeoutMs, 30 * 60_000)),
    closedMs: whole(bound("closedStreamTtlMs", options.closedStreamTtlMs, 5 * 60_000)),
  };
}

/** An integer that is no smaller, and small enough to be added to a time. */
export function whole(number: number): number {
  return Math.ceil(Math.min(number, LARGEST));
}
