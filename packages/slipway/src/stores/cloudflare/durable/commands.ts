import type { SessionChange } from "../../../ports/index.ts";
import { type SessionBounds, whole } from "../../sql/options.ts";
import { answerCall } from "../../sqlite/commands/answer-call.ts";
import { answerTask } from "../../sqlite/commands/answer-task.ts";
import { answeredCalls } from "../../sqlite/commands/answered-calls.ts";
import { appendCallEvent } from "../../sqlite/commands/append-call-event.ts";
import { appendEvent } from "../../sqlite/commands/append-event.ts";
import { askTask } from "../../sqlite/commands/ask-task.ts";
import { beginCall } from "../../sqlite/commands/begin-call.ts";
import { cancelTask } from "../../sqlite/commands/cancel-task.ts";
import { claimCall } from "../../sqlite/commands/claim-call.ts";
import { claimTask } from "../../sqlite/commands/claim-task.ts";
import { closeStream } from "../../sqlite/commands/close-stream.ts";
import { createHandle } from "../../sqlite/commands/create-handle.ts";
import { createSession } from "../../sqlite/commands/create-session.ts";
import { createTask } from "../../sqlite/commands/create-task.ts";
import { deleteHandle } from "../../sqlite/commands/delete-handle.ts";
import { deleteSession } from "../../sqlite/commands/delete-session.ts";
import { describeTask } from "../../sqlite/commands/describe-task.ts";
import { endCall } from "../../sqlite/commands/end-call.ts";
import { finishTask } from "../../sqlite/commands/finish-task.ts";
import { getCall } from "../../sqlite/commands/get-call.ts";
import { getSession } from "../../sqlite/commands/get-session.ts";
import { getTask } from "../../sqlite/commands/get-task.ts";
import { hasSession } from "../../sqlite/commands/has-session.ts";
import { getJournal, putJournal } from "../../sqlite/commands/journals.ts";
import { listTasks } from "../../sqlite/commands/list-tasks.ts";
import { openStream } from "../../sqlite/commands/open-stream.ts";
import { endPending } from "../../sqlite/commands/pending.ts";
import { readEvents } from "../../sqlite/commands/read-events.ts";
import { readHandle } from "../../sqlite/commands/read-handle.ts";
import { readValue } from "../../sqlite/commands/read-value.ts";
import { saveCall } from "../../sqlite/commands/save-call.ts";
import { saveTask } from "../../sqlite/commands/save-task.ts";
import { taskAnswers } from "../../sqlite/commands/task-answers.ts";
import { updateState } from "../../sqlite/commands/update-state.ts";
import { workingTasks } from "../../sqlite/commands/working-tasks.ts";
import { writeHandle } from "../../sqlite/commands/write-handle.ts";
import { writeValue } from "../../sqlite/commands/write-value.ts";
import type { Expiry } from "./expiry.ts";
import { type HeldSockets, send } from "./held-sockets.ts";
import type { ObjectDatabase } from "./object-database.ts";
import type { Presence } from "./presence.ts";
import type { Waits } from "./waits.ts";

/** What the commands work on: one object. */
export interface Inside {
  readonly db: ObjectDatabase;
  readonly expiry: Expiry;
  readonly sockets: HeldSockets;
  readonly presence: Presence;
  readonly waits: Waits;
  /** The object's clock, so that those of Workers do not matter. */
  readonly now: number;
}

type Entries = readonly (readonly [name: string, text: string])[];

/**
 * What Workers have an object do. Each is done whole, with nothing in between, before the next. Ids are given as
 * `idText` makes them, values as texts of JSON, and times as durations.
 */
export const COMMANDS = {
  check: () => true,

  createSession: ({ db, now }: Inside, bounds: SessionBounds, id: string, meta: string) =>
    createSession(db, id, meta, now, bounds),
  hasSession: ({ db, now }: Inside, id: string) => hasSession(db, id, now),
  getSession: ({ db, now }: Inside, { idleMs }: SessionBounds, id: string) => getSession(db, id, now, idleMs),
  deleteSession: ({ db }: Inside, id: string) => deleteSession(db, id),
  updateState: ({ db, now }: Inside, { idleMs }: SessionBounds, id: string, change: SessionChange) =>
    updateState(db, id, change, now, idleMs),
  readValue: ({ db, now }: Inside, { idleMs }: SessionBounds, id: string, name: string) =>
    readValue(db, id, name, now, idleMs),
  writeValue: (
    { db, now }: Inside,
    bounds: SessionBounds,
    id: string,
    name: string,
    value: string | undefined,
    version: number,
  ) => writeValue(db, id, name, value, version, now, bounds),

  openStream: ({ db, now }: Inside, bounds: SessionBounds, id: string, stream: string) =>
    openStream(db, id, stream, now, bounds),
  closeStream: ({ db, expiry, now }: Inside, { closedMs }: SessionBounds, id: string, stream: string) => {
    expiry.closedMs = closedMs;
    closeStream(db, id, stream, now);
  },
  appendEvent: ({ db, now }: Inside, bounds: SessionBounds, id: string, stream: string, message: string) =>
    appendEvent(db, id, stream, message, now, bounds),
  readEvents: ({ db, now }: Inside, id: string, stream: string, log: number, after: number, limit: number) =>
    readEvents(db, id, stream, log, after, limit, now),

  beginCall: (
    { db, now }: Inside,
    bounds: SessionBounds,
    id: string,
    stream: string,
    request: string,
    owner: string,
  ) => beginCall(db, id, stream, request, owner, now, bounds),
  getCall: ({ db, now }: Inside, { idleMs }: SessionBounds, id: string, stream: string) =>
    getCall(db, id, stream, now, idleMs),
  saveCall: (
    { db, now }: Inside,
    { idleMs }: SessionBounds,
    id: string,
    stream: string,
    owner: string,
    journal: string,
    questions: readonly string[],
  ) => saveCall(db, id, stream, owner, journal, questions, now, idleMs),
  answerCall: (
    { db, now }: Inside,
    { idleMs }: SessionBounds,
    id: string,
    question: string,
    response: string,
  ) => answerCall(db, id, question, response, now, idleMs),
  claimCall: (
    { db, now }: Inside,
    { idleMs }: SessionBounds,
    id: string,
    stream: string,
    expected: string,
    owner: string,
  ) => claimCall(db, id, stream, expected, owner, now, idleMs),
  appendCallEvent: (
    { db, now }: Inside,
    bounds: SessionBounds,
    id: string,
    stream: string,
    owner: string,
    message: string,
    last: boolean,
  ) => appendCallEvent(db, id, stream, owner, message, last, now, bounds),
  endCall: ({ db, now }: Inside, { idleMs }: SessionBounds, id: string, stream: string, owner: string) =>
    endCall(db, id, stream, owner, now, idleMs),
  answeredCalls: ({ db, now }: Inside, before: number, limit: number) =>
    answeredCalls(db, before, limit, now),

  beginWait: ({ waits, now }: Inside, key: string, wait: string, timeoutMs: number) =>
    waits.begin(key, wait, now + whole(timeoutMs)),
  settleWait: ({ waits }: Inside, key: string, outcome: string) => waits.settle(key, outcome),
  readWait: ({ waits }: Inside, wait: string) => waits.outcome(wait),
  endWait: ({ db }: Inside, key: string, wait: string) => endPending(db, key, wait)?.outcome ?? undefined,

  createTask: (
    { db, now }: Inside,
    id: string,
    owner: string,
    principal: string,
    tenant: string | undefined,
    call: string,
    ttlMs: number,
  ) => createTask(db, id, { principal, tenant, call: JSON.parse(call), ttlMs }, owner, now),
  getTask: ({ db, now }: Inside, id: string) => getTask(db, id, now),
  listTasks: ({ db, now }: Inside, principal: string, after: string | null, limit: number) =>
    listTasks(db, principal, after, limit, now),
  claimTask: ({ db, now }: Inside, id: string, expected: string | null, owner: string) =>
    claimTask(db, id, expected, owner, now),
  workingTasks: ({ db, now }: Inside, limit: number) => workingTasks(db, limit, now),
  saveTask: ({ db, now }: Inside, id: string, owner: string, journal: string) =>
    saveTask(db, id, owner, journal, now),
  describeTask: ({ db, now }: Inside, id: string, owner: string, message: string) =>
    describeTask(db, id, owner, message, now),
  askTask: ({ db, now }: Inside, id: string, owner: string, journal: string, questions: Entries) =>
    askTask(db, id, owner, journal, questions, now),
  answerTask: ({ db, now }: Inside, id: string, answers: Entries) => answerTask(db, id, answers, now),
  taskAnswers: ({ db, now }: Inside, id: string) => taskAnswers(db, id, now),
  finishTask: ({ db, now }: Inside, id: string, owner: string, status: "completed" | "failed", end: string) =>
    finishTask(db, id, owner, status, end, now),
  cancelTask: ({ db, now }: Inside, id: string) => cancelTask(db, id, now),

  createHandle: ({ db, now }: Inside, id: string, value: string, ttlMs: number) =>
    createHandle(db, id, value, now + whole(ttlMs), now),
  readHandle: ({ db, now }: Inside, id: string, ttlMs: number) => readHandle(db, id, now + whole(ttlMs), now),
  writeHandle: ({ db, now }: Inside, id: string, value: string, version: number, ttlMs: number) =>
    writeHandle(db, id, value, version, now + whole(ttlMs), now),
  deleteHandle: ({ db }: Inside, id: string) => deleteHandle(db, id),
  putJournal: ({ db, now }: Inside, id: string, sealed: string, ttlMs: number) =>
    putJournal(db, id, sealed, now + whole(ttlMs)),
  getJournal: ({ db, now }: Inside, id: string) => getJournal(db, id, now)?.sealed,

  publish: ({ sockets }: Inside, message: string) => {
    for (const socket of sockets.of("bus")) send(socket, message);
  },
  isAlive: ({ presence }: Inside, instance: string, deadAfterMs: number) =>
    presence.isAlive(instance, deadAfterMs),
} as const;

export type Commands = typeof COMMANDS;
export type Command = keyof Commands;

/** What a Worker gives a command. */
export type Given<C extends Command> = Commands[C] extends (inside: Inside, ...given: infer G) => unknown
  ? G
  : never;

/** How a command has ended, as it comes over the wire: errors would lose their class. */
export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };
