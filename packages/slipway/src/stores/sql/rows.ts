import type {
  KeptCall,
  SessionData,
  SessionMeta,
  SessionState,
  Task,
  TaskStatus,
} from "../../ports/index.ts";
import { parsed, textId } from "./text.ts";

export interface SessionRow {
  readonly meta: string;
  readonly log_level: string | null;
  /** A JSON array of URIs; `null` before the first. */
  readonly subscriptions: string | null;
}

export function sessionData(row: SessionRow): SessionData {
  const meta: SessionMeta = JSON.parse(row.meta);
  if (row.log_level === null && row.subscriptions === null) return { meta };
  const state: SessionState = {};
  if (row.log_level !== null) state.logLevel = row.log_level as SessionState["logLevel"];
  if (row.subscriptions !== null) state.subscriptions = JSON.parse(row.subscriptions);
  return { meta, state };
}

export interface CallRow {
  readonly request: string;
  readonly owner: string;
  readonly journal: string | null;
}

export interface QuestionRow {
  readonly question: string;
  readonly response: string | null;
}

export function keptCall(call: CallRow, rows: readonly QuestionRow[]): KeptCall {
  return {
    request: JSON.parse(call.request),
    owner: textId(call.owner),
    journal: parsed(call.journal),
    questions: rows.filter(({ response }) => response === null).map(({ question }) => textId(question)),
    responses: Object.fromEntries(
      rows
        .filter(({ response }) => response !== null)
        .map(({ question, response }) => [textId(question), parsed(response)]),
    ),
  };
}

export interface TaskRow {
  readonly id: string;
  readonly principal: string;
  readonly tenant: string | null;
  readonly call: string;
  readonly ttl_ms: number;
  readonly status: string;
  readonly status_message: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly owner: string | null;
  readonly journal: string | null;
  readonly ending: string | null;
}

export interface TaskQuestionRow {
  readonly name: string;
  readonly question: string;
}

/** `open` are the questions that nobody has answered. */
export function taskOf(row: TaskRow, open: readonly TaskQuestionRow[]): Task {
  return {
    id: textId(row.id),
    principal: textId(row.principal),
    tenant: row.tenant === null ? undefined : textId(row.tenant),
    call: JSON.parse(row.call),
    ttlMs: row.ttl_ms,
    status: row.status as TaskStatus,
    statusMessage: row.status_message === null ? undefined : textId(row.status_message),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    owner: row.owner === null ? undefined : textId(row.owner),
    journal: parsed(row.journal),
    questions: Object.fromEntries(open.map(({ name, question }) => [textId(name), JSON.parse(question)])),
    end: parsed(row.ending) as Task["end"],
  };
}
