import { ERROR_CODES } from "../../../protocol/errors.ts";
import { hasHandshake, type Spoken } from "../../revisions.ts";
import type { Admitted } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { modernRequest, saidIn } from "../messages.ts";

const REVISIONS = new Findings("revisions");
const UNKNOWN = new Findings("unknown-revision");

/** Which clients can talk to the server. */
export function judgeRevisions(spoken: readonly Spoken[], onlySse: boolean): Finding[] {
  const versions = spoken.filter((one) => one.spoken).map(({ version }) => version);
  const data = { data: { spoken: versions } };
  if (versions.length === 0) {
    const why = spoken.map(({ version, why: said }) => `${version}: ${said}`).join("; ");
    return [
      REVISIONS.error(
        `The server speaks no revision of MCP: ${why}`,
        "Look whether the address is that of the MCP endpoint, with its path.",
        data,
      ),
    ];
  }
  const list = versions.join(", ");
  if (onlySse) {
    return [
      REVISIONS.warning(
        `The server speaks ${list}, over HTTP+SSE only, which newer clients do not know.`,
        "Serve Streamable HTTP.",
        data,
      ),
    ];
  }
  if (versions.every(hasHandshake)) {
    return [
      REVISIONS.warning(
        `The server speaks only revisions with handshake: ${list}. Clients that know no handshake cannot use it, and every client needs a session.`,
        "Serve the newest revision, too, as a newer version of its library does.",
        data,
      ),
    ];
  }
  if (!versions.some(hasHandshake)) {
    return [
      REVISIONS.warning(
        `The server speaks ${list} only: most clients of before open with a handshake, and cannot use it.`,
        "Serve revisions with handshake, too.",
        data,
      ),
    ];
  }
  return [REVISIONS.fine(`The server speaks ${list}.`, data)];
}

/**
 * Whether a client that is newer than the server learns what it speaks.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#protocol-version-negotiation
 */
export async function checkUnknownRevision({ wire, modern }: Admitted): Promise<Finding[]> {
  if (modern === undefined) return [];
  const request = modernRequest(modern, "server/discover");
  const reply = await wire.send({
    headers: { ...request.headers, "mcp-protocol-version": LATER },
    body: String(request.body).replaceAll(modern, LATER),
  });
  const { error } = saidIn(reply) ?? {};
  const { supported } = (error?.data ?? {}) as { supported?: unknown };
  if (error?.code === ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION && Array.isArray(supported)) {
    return [UNKNOWN.fine("A client of a later revision is told what the server speaks.")];
  }
  return [
    UNKNOWN.warning(
      `A client of a later revision is answered with status ${reply.status}, and not told what the server speaks.`,
      `Answer unknown revisions with the error ${ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION} and the list "supported".`,
    ),
  ];
}

/** A revision that will never be. */
const LATER = "9999-12-31";
