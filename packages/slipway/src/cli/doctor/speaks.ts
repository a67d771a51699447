import { isObject } from "../../protocol/jsonrpc.ts";
import { CLIENT_INFO, type Target, transportTo, type Way } from "../connect.ts";
import { askForRevisions, hasHandshake, type Spoken, VERSIONS, versionsOf } from "../revisions.ts";
import { endSession } from "./knock.ts";
import { initializeRequest, modernRequest, saidIn } from "./messages.ts";
import type { Reply, Wire } from "./wire.ts";

export interface Speech {
  readonly spoken: readonly Spoken[];
  /** Whether revisions with handshake are spoken only over the transport that came before Streamable HTTP. */
  readonly onlySse: boolean;
}

/**
 * Which revisions a server speaks. Each is asked for by a single request, as further ones may meet another instance, which
 * is a finding of its own.
 */
export async function whatIsSpoken(wire: Wire, target: Target, way: Way, timeoutMs: number): Promise<Speech> {
  const spoken: Spoken[] = [];
  for (const version of VERSIONS) spoken.push(await askFor(wire, version));
  if (spoken.some(({ version, spoken: yes }) => yes && hasHandshake(version)))
    return { spoken, onlySse: false };
  const options = { info: CLIENT_INFO, timeoutMs };
  const legacy = await askForRevisions(
    versionsOf("legacy"),
    () => transportTo(target, way, () => {}),
    options,
  );
  if (!legacy.some((one) => one.spoken)) return { spoken, onlySse: false };
  return { spoken: [...spoken.filter(({ version }) => !hasHandshake(version)), ...legacy], onlySse: true };
}

async function askFor(wire: Wire, version: string): Promise<Spoken> {
  const handshake = hasHandshake(version);
  const reply = await wire.send(
    handshake ? initializeRequest(version) : modernRequest(version, "server/discover"),
  );
  if (handshake) await endSession(wire, reply, version);
  const { result, error } = saidIn(reply) ?? {};
  const answer = handshake ? result?.["protocolVersion"] : result?.["supportedVersions"];
  if (answer === version || (Array.isArray(answer) && answer.includes(version)))
    return { version, spoken: true };
  return { version, spoken: false, why: whyNot(reply, answer, error?.message) };
}

function whyNot({ status }: Reply, answer: unknown, message: unknown): string {
  if (answer !== undefined) return `the server speaks ${isObject(answer) ? "another" : String(answer)}`;
  return `status ${status}${typeof message === "string" ? `, ${message}` : ""}`;
}
