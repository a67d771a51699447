import { ERROR_CODES } from "../../protocol/errors.ts";
import { VERSIONS, versionsOf } from "../revisions.ts";
import { initializeRequest, modernRequest, saidIn, sessionHeaders } from "./messages.ts";
import type { Reply, Sent, Wire } from "./wire.ts";

/** What a client begins with: the request of revisions without handshake, or the handshake. */
export type Begin = "discover" | "initialize";

/** Begins as a client does, and leaves nothing behind. */
export async function knock(
  wire: Wire,
  begin: Begin,
  more: Pick<Sent, "headers" | "anonymous"> = {},
): Promise<Reply> {
  const [legacy = ""] = versionsOf("legacy");
  const request =
    begin === "discover"
      ? modernRequest(VERSIONS[0] as string, "server/discover")
      : initializeRequest(legacy);
  const reply = await wire.send({ ...request, ...more, headers: { ...request.headers, ...more.headers } });
  await endSession(wire, reply, legacy, more);
  return reply;
}

/** Ends the session that a handshake has opened, if it has. */
export async function endSession(
  wire: Wire,
  { headers }: Reply,
  version: string,
  more: Pick<Sent, "headers" | "anonymous"> = {},
): Promise<void> {
  const { "mcp-session-id": id } = headers;
  if (typeof id !== "string") return;
  const all = { ...sessionHeaders({ id, version }), ...more.headers };
  await wire.send({ ...more, method: "DELETE", headers: all }).catch(() => {});
}

/** Finds out by which of both a server is talked to. */
export async function firstKnock(wire: Wire): Promise<{ readonly begin: Begin; readonly opening: Reply }> {
  const opening = await knock(wire, "discover");
  const { result, error } = saidIn(opening) ?? {};
  const answered = result !== undefined || error?.code === ERROR_CODES.HEADER_MISMATCH;
  // Whatever a server of before makes of a request that it does not know.
  if (answered || !OLD.has(opening.status)) return { begin: "discover", opening };
  const handshake = await knock(wire, "initialize");
  return saidIn(handshake)?.result === undefined
    ? { begin: "discover", opening }
    : { begin: "initialize", opening: handshake };
}

const OLD = new Set([200, 202, 400, 404, 405, 406, 415, 422]);
