import type { Params } from "../jsonrpc.ts";
import { LEGACY_REVISIONS, UNDECLARED } from "./legacy/revisions.ts";
import { declaredVersion, unsupportedVersion } from "./modern/meta.ts";
import { MODERN_REVISIONS } from "./modern/revisions.ts";
import type { Revision } from "./revision.ts";

export {
  declaredVersion,
  type Envelope,
  isImplementation,
  META,
  progressTokenOf,
  readEnvelope,
  unsupportedVersion,
} from "./modern/meta.ts";
export type * from "./revision.ts";

const REVISIONS = new Map<string, Revision>(
  [...MODERN_REVISIONS, ...LEGACY_REVISIONS].map((revision) => [revision.version, revision]),
);

/** Every revision that is served, newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = [...REVISIONS.keys()];

/** The revision that legacy requests are taken for when nothing says which one they speak. */
export const UNDECLARED_REVISION: Revision = UNDECLARED;

export function revisionOf(version: string): Revision | undefined {
  return REVISIONS.get(version);
}

/**
 * The answer to `initialize`: the version asked for when a handshake revision has it, else the newest.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation
 */
export function negotiate(requested: string): Revision {
  const revision = REVISIONS.get(requested);
  return revision?.handshake ? revision : (LEGACY_REVISIONS[0] as Revision);
}

/**
 * Tells which generation a message belongs to, once, at the edge: `"legacy"`, or the modern revision it
 * asks for. Whatever declares a version in `_meta`, or names a modern version in its header, is modern.
 *
 * @param header the `MCP-Protocol-Version` header; undefined where there are no headers
 * @throws RpcError -32022 when a modern message asks for a revision that is not served
 */
export function classify(
  method: string | undefined,
  params: Params | undefined,
  header: string | undefined,
): Revision | "legacy" {
  const declared = declaredVersion(params);
  if (declared !== undefined) return modernRevision(declared);
  const named = header === undefined ? undefined : REVISIONS.get(header);
  if (named !== undefined) return named.handshake ? "legacy" : named;
  return method === "server/discover" ? (MODERN_REVISIONS[0] as Revision) : "legacy";
}

function modernRevision(version: string): Revision {
  const revision = REVISIONS.get(version);
  if (revision === undefined || revision.handshake) throw unsupportedVersion(version, SUPPORTED_VERSIONS);
  return revision;
}
