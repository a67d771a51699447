import { META, type Revision, type Revisions } from "../protocol/eras/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import type { Implementation } from "../protocol/types.ts";
import { ClientError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { ClientOptions } from "./options.ts";
import { Side } from "./side.ts";
import type { Result } from "./types.ts";

/** What a server said about itself. */
export interface Agreed {
  readonly side: Side;
  readonly serverInfo: Implementation | undefined;
  readonly capabilities: { readonly [name: string]: unknown };
  readonly instructions: string | undefined;
}

const PROBE_MS = 30_000;

/** Errors by which a server shows that it knows revisions without handshake. */
const MODERN_ERRORS: ReadonlySet<number> = new Set([
  ERROR_CODES.HEADER_MISMATCH,
  ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
  ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION,
]);

/** Statuses that say nothing about what the server speaks: it wants to know who asks, or is away. */
const SAYS_NOTHING = new Set([401, 403, 408, 425, 429, 502, 503, 504]);

/**
 * Finds out which revision to speak: asks for the newest without handshake, and falls back on a handshake where the
 * answer is not that of a server which knows such revisions.
 *
 * @throws ClientError `revision` when there is none in common
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
export async function negotiate(link: Link, revisions: Revisions, options: ClientOptions): Promise<Agreed> {
  const known = revisions.versions.map((version) => revisions.get(version) as Revision);
  const handshake = known.find((revision) => revision.handshake);
  let modern = known.find((revision) => !revision.handshake);
  const tried = new Set<Revision>();
  while (modern !== undefined) {
    const found = await probe(link, new Side(modern, options), revisions, handshake !== undefined, options);
    if ("agreed" in found) return found.agreed;
    const { next, why } = found;
    if (next === undefined || next.handshake) {
      if (handshake === undefined) throw noneInCommon(revisions, why);
      break;
    }
    // A server may refuse the very revision that it names, once.
    if (tried.has(next)) throw noneInCommon(revisions, why);
    tried.add(next);
    modern = next;
  }
  return initialize(link, revisions, handshake as Revision, options);
}

type Probed = { readonly agreed: Agreed } | { readonly next: Revision | undefined; readonly why: unknown };

async function probe(
  link: Link,
  side: Side,
  revisions: Revisions,
  mayFallBack: boolean,
  { probeTimeoutMs = PROBE_MS }: ClientOptions,
): Promise<Probed> {
  // Over HTTP there is a status at least; over a pipe, some servers never answer what they do not know.
  const patience = mayFallBack && !link.transport.cancelsByClosing ? { timeoutMs: probeTimeoutMs } : {};
  try {
    const result = await link.call(side, "server/discover", {}, patience);
    const { supportedVersions } = result;
    if (!Array.isArray(supportedVersions)) return { next: undefined, why: undefined };
    const next = newestOf(revisions, supportedVersions);
    if (next.handshake) return { next, why: undefined };
    const spoken = next === side.revision ? side : side.withRevision(next);
    agree(link, spoken, false);
    return { agreed: { side: spoken, ...aboutServer(result, serverInfoOf(result)) } };
  } catch (error) {
    if (error instanceof RpcError && MODERN_ERRORS.has(error.code)) {
      const supported = isObject(error.data) ? error.data["supported"] : undefined;
      if (!Array.isArray(supported)) throw error;
      return { next: newestOf(revisions, supported), why: error };
    }
    if (!isLegacy(error, link)) throw error;
    return { next: undefined, why: error };
  }
}

function isLegacy(error: unknown, link: Link): boolean {
  if (error instanceof RpcError) return true;
  if (!(error instanceof ClientError)) return false;
  if (error.code === "status") return !SAYS_NOTHING.has(error.status ?? 0);
  if (error.code === "protocol") return true;
  return error.code === "timeout" && !link.transport.cancelsByClosing;
}

/** @throws ClientError `revision` when the server speaks none of them */
function newestOf(revisions: Revisions, supported: readonly unknown[]): Revision {
  const version = revisions.versions.find((one) => supported.includes(one));
  if (version !== undefined) return revisions.get(version) as Revision;
  throw new ClientError(
    "revision",
    `The server speaks ${supported.join(", ") || "no revision"}; this client ${revisions.versions.join(", ")}.`,
  );
}

function noneInCommon(revisions: Revisions, cause: unknown): ClientError {
  const why = cause instanceof Error ? `: ${cause.message}` : ".";
  return new ClientError(
    "revision",
    `The server does not speak ${revisions.versions.join(" or ")}, which is all that this client may${why}`,
    { cause },
  );
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization */
export async function initialize(
  link: Link,
  revisions: Revisions,
  newest: Revision,
  options: ClientOptions,
): Promise<Agreed> {
  const { info, capabilities, revision } = new Side(newest, options);
  const params = { protocolVersion: revision.version, capabilities, clientInfo: info };
  const result = await link.call(undefined, "initialize", params);
  const { protocolVersion } = result;
  const spoken = typeof protocolVersion === "string" ? revisions.get(protocolVersion) : undefined;
  if (spoken === undefined || !spoken.handshake) {
    throw new ClientError(
      "revision",
      `The server answered the handshake with ${protocolVersion}; this client speaks ${revisions.versions.join(", ")}.`,
    );
  }
  const side = new Side(spoken, options);
  const { serverInfo } = result;
  agree(link, side, options.listen !== false);
  await link.notify(side, "notifications/initialized");
  return { side, ...aboutServer(result, serverInfo) };
}

function agree(link: Link, { revision }: Side, listens: boolean): void {
  const { version: protocolVersion, handshake } = revision;
  link.transport.agree({ protocolVersion, handshake, listens });
}

/** The server's name is in the metadata; drafts of the revision had it in the result. */
function serverInfoOf({ _meta: meta, serverInfo }: Result): unknown {
  return isObject(meta) ? (meta[META.serverInfo] ?? serverInfo) : serverInfo;
}

function aboutServer({ capabilities, instructions }: Result, serverInfo: unknown): Omit<Agreed, "side"> {
  return {
    serverInfo: isObject(serverInfo) ? (serverInfo as unknown as Implementation) : undefined,
    capabilities: isObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === "string" ? instructions : undefined,
  };
}
