import type { Principal } from "../../ports/index.ts";
import { revisionOf } from "../../protocol/eras/index.ts";
import type { Params, RequestId } from "../../protocol/jsonrpc.ts";
import type { ClientCapabilities, Implementation } from "../../protocol/types.ts";
import { Call, type CallSession, type Outlet } from "../call.ts";
import { Client } from "../client.ts";

/** A call as it is kept in the store, so that any instance of its server can run it. */
export interface KeptTaskCall {
  /** The server's name: several may share a store. */
  readonly server: string;
  readonly revision: string;
  readonly id: RequestId;
  readonly method: string;
  readonly params: Params;
  readonly client: { readonly info?: Implementation; readonly capabilities: ClientCapabilities };
  readonly principal?: Principal;
  /** The session that it came in. */
  readonly session?: string;
}

export function keptCallOf(server: string, call: Call): KeptTaskCall {
  const { revision, id, method, client, principal, session } = call;
  // What belonged to the request that made the task, and not to its work.
  const { task: _, inputResponses: __, requestState: ___, ...params } = call.params ?? {};
  return {
    server,
    revision: revision.version,
    id,
    method,
    params,
    client: { ...(client.info !== undefined && { info: client.info }), capabilities: client.capabilities },
    ...(principal !== undefined && { principal }),
    ...(session?.id !== undefined && { session: session.id }),
  };
}

/** @throws Error when this version of the library does not know the call's revision */
export function callOf(kept: KeptTaskCall, outlet: Outlet, session: CallSession | undefined): Call {
  const revision = revisionOf(kept.revision);
  if (revision === undefined) throw new Error(`A task speaks revision ${kept.revision}, which is not known.`);
  return new Call({
    revision,
    method: kept.method,
    params: kept.params,
    id: kept.id,
    client: new Client(revision, kept.client.info, kept.client.capabilities),
    outlet,
    principal: kept.principal,
    session,
    listens: true,
  });
}
