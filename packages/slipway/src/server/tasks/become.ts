import { ERROR_CODES, RpcError } from "../../protocol/errors.ts";
import type { Call } from "../call.ts";
import type { ServerCore } from "../core.ts";
import type { JournalRecord } from "../journal.ts";
import type { Outcome } from "../outcome.ts";
import type { Tool } from "../tools.ts";

/**
 * Makes a task of a call, where its tool and its client want that; `undefined` where it is to be served at once.
 * @throws RpcError when they do not fit
 */
export function becomeTask(core: ServerCore, call: Call, tool: Tool): Promise<Outcome> | undefined {
  const { revision, params, client, tasks } = call;
  const forms = revision.tasks;
  const wanted = tasks !== undefined && forms?.wantedBy(client.capabilities, params) === true;
  if (tool.task === undefined) {
    if (wanted && forms.refusesUnfit && core.runsTasks) throw unfit(tool);
    return undefined;
  }
  if (wanted) return create(call, forms.ttlOf(params));
  if (tool.task === "optional") return undefined;
  throw forms?.required(`The tool "${tool.key}" runs as a task`) ?? without(tool);
}

/** Serves a call that becomes a task where its handler says so; `undefined` where it never does. */
export function untilDetached(
  core: ServerCore,
  call: Call,
  tool: Tool,
  serve: () => Outcome | Promise<Outcome>,
): Promise<Outcome> | undefined {
  const forms = call.revision.tasks;
  if (call.tasks === undefined || forms?.wantedBy(call.client.capabilities, call.params) !== true) {
    // Refuses it, where it must.
    return becomeTask(core, call, tool);
  }
  const ttlMs = forms.ttlOf(call.params);
  return new Promise<Outcome>((resolve, reject) => {
    call.detach = (journal) => {
      call.suspension = create(call, ttlMs, journal);
      resolve(call.suspension);
    };
    Promise.resolve().then(serve).then(resolve, reject);
  });
}

async function create(call: Call, ttlMs: number | undefined, journal?: JournalRecord): Promise<Outcome> {
  const task = await call.tasks?.create(call, ttlMs, journal);
  if (task === undefined) throw new Error("A call became a task where none are kept.");
  return { kind: "task", task, created: true };
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation */
function unfit(tool: Tool): RpcError {
  return new RpcError(
    ERROR_CODES.METHOD_NOT_FOUND,
    `The tool "${tool.key}" does not run as a task: send its call without "task".`,
  );
}

function without(tool: Tool): RpcError {
  return new RpcError(
    ERROR_CODES.METHOD_NOT_FOUND,
    `The tool "${tool.key}" runs as a task, which the client's revision of the protocol does not have.`,
  );
}
