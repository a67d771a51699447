import { answerCall } from "./answer-call.ts";
import { appendCallEvent } from "./append-call-event.ts";
import { appendEvent } from "./append-event.ts";
import { beginCall } from "./begin-call.ts";
import { claimCall } from "./claim-call.ts";
import { createSession } from "./create-session.ts";
import { endCall } from "./end-call.ts";
import { getCall } from "./get-call.ts";
import { getSession } from "./get-session.ts";
import { now } from "./now.ts";
import { openStream } from "./open-stream.ts";
import { saveCall } from "./save-call.ts";
import { sweep } from "./sweep.ts";
import { answerTask, askTask, cancelTask, claimTask, createTask, getTask } from "./tasks.ts";
import { updateState } from "./update-state.ts";
import { useSession } from "./use-session.ts";
import { writeValue } from "./write-value.ts";

const COMMANDS = [
  createSession,
  getSession,
  openStream,
  appendEvent,
  updateState,
  writeValue,
  beginCall,
  getCall,
  saveCall,
  answerCall,
  claimCall,
  appendCallEvent,
  endCall,
  getTask,
  createTask,
  claimTask,
  askTask,
  answerTask,
  cancelTask,
  sweep,
];

/** All that is made in the database, in an order in which nothing is used before it is made. */
export const definitions: readonly string[] = [now, useSession, ...COMMANDS.map(({ define = "" }) => define)];
