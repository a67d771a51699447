import { codeOf, type Ending } from "../ending.ts";
import type { Run } from "../part.ts";
import { methodOf, type Subject, sessionDigest, subjectOf } from "../subject.ts";

/** Who called what, when, with what outcome. Never with which arguments, nor what came back. */
export interface AuditEntry extends Subject {
  /** When the call had ended, by ISO 8601. */
  readonly time: string;
  /** The call's correlation id: the same in its log line and its trace. */
  readonly id: string;
  readonly method: string;
  readonly subject?: string;
  readonly tenant?: string;
  readonly clientId?: string;
  /** A digest of the session's id. */
  readonly session?: string;
  /** The task that the call was, or has become. */
  readonly task?: string;
  /** The other end of the connection. */
  readonly address?: string;
  readonly outcome: Ending | "lost";
  /** The JSON-RPC code of an error. */
  readonly code?: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** With the outcome `"lost"`: so many calls are not in the audit, which could not take them then. */
  readonly count?: number;
}

export function entryOf(run: Run): AuditEntry {
  const { call, outcome, durationMs } = run;
  const { principal, session, request } = call;
  const code = codeOf(run);
  const task = call.outlet.task?.id ?? (outcome?.kind === "task" ? outcome.task.id : undefined);
  return {
    time: new Date().toISOString(),
    id: call.correlationId,
    method: methodOf(call),
    ...subjectOf(call),
    ...(principal !== undefined && { subject: principal.subject }),
    ...(principal?.tenant !== undefined && { tenant: principal.tenant }),
    ...(principal?.clientId !== undefined && { clientId: principal.clientId }),
    ...(session?.id !== undefined && { session: sessionDigest(session.id) }),
    ...(task !== undefined && { task }),
    ...(request?.remoteAddress !== undefined && { address: request.remoteAddress }),
    outcome: run.ending,
    ...(code !== undefined && { code }),
    ms: Math.round(durationMs * 1000) / 1000,
  };
}

/** Stands for calls that are not in the audit. */
export function lostEntry(count: number): AuditEntry {
  return { time: new Date().toISOString(), id: "", method: "", outcome: "lost", ms: 0, count };
}
