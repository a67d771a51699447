import type { RpcError } from "../errors.ts";
import { LEGACY_REVISIONS, UNDECLARED } from "./legacy/revisions.ts";
import { unsupportedVersion } from "./modern/meta.ts";
import { MODERN_REVISIONS } from "./modern/revisions.ts";
import type { Revision } from "./revision.ts";

export { decodeHeaderValue, encodeHeaderValue, nameSource } from "./modern/headers.ts";
export {
  declaredVersion,
  type Envelope,
  isImplementation,
  META,
  progressTokenOf,
  readEnvelope,
} from "./modern/meta.ts";
export { TASKS_EXTENSION } from "./modern/tasks.ts";
export type * from "./revision.ts";
export type { TaskForms, TaskState } from "./tasks.ts";

const REVISIONS = new Map<string, Revision>(
  [...MODERN_REVISIONS, ...LEGACY_REVISIONS].map((revision) => [revision.version, revision]),
);

/** Every revision that there is, newest first. */
const KNOWN_VERSIONS: readonly string[] = [...REVISIONS.keys()];

/** The revision that legacy requests are taken for when nothing says which one they speak. */
export const UNDECLARED_REVISION: Revision = UNDECLARED;

export function revisionOf(version: string): Revision | undefined {
  return REVISIONS.get(version);
}

/** The revisions that one server speaks. */
export class Revisions {
  /** Newest first. */
  readonly versions: readonly string[];
  /**
   * What requests without version are taken for over HTTP: of the revisions that were before the version's
   * header one that is served.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#protocol-version-header
   */
  readonly undeclared: Revision | undefined;
  readonly #served: ReadonlyMap<string, Revision>;
  readonly #newestLegacy: Revision | undefined;

  /** @throws TypeError when a version is unknown, or there is none */
  constructor(versions: readonly string[] = KNOWN_VERSIONS) {
    const unknown = versions.find((version) => !REVISIONS.has(version));
    if (unknown !== undefined || versions.length === 0) {
      throw new TypeError(
        `protocolVersions: expected some of ${KNOWN_VERSIONS.join(", ")}, got ${unknown ?? "none"}.`,
      );
    }
    const served = [...REVISIONS.values()].filter(({ version }) => versions.includes(version));
    this.versions = served.map(({ version }) => version);
    this.#served = new Map(served.map((revision) => [revision.version, revision]));
    this.#newestLegacy = served.find(({ handshake }) => handshake);
    this.undeclared = served.find(({ version, handshake }) => handshake && version <= UNDECLARED.version);
  }

  /** Whether clients that open with a handshake are served. */
  get handshakes(): boolean {
    return this.#newestLegacy !== undefined;
  }

  get(version: string): Revision | undefined {
    return this.#served.get(version);
  }

  /**
   * The answer to `initialize`: the version asked for when a handshake revision has it, else the newest.
   * @throws RpcError -32022 when no handshake revision is served
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation
   */
  negotiate(requested: string): Revision {
    const revision = this.#served.get(requested);
    const answer = revision?.handshake ? revision : this.#newestLegacy;
    if (answer === undefined) throw this.unsupported(requested);
    return answer;
  }

  /**
   * Tells which generation a message belongs to, once, at the edge: `"legacy"`, or the modern revision it
   * asks for. Whatever declares a version in `_meta`, or names a modern version in its header, is modern.
   *
   * @param declared the version in `_meta`; undefined where there is none
   * @param header the `MCP-Protocol-Version` header; undefined where there are no headers
   * @throws RpcError -32022 when a modern message asks for a revision that is not served
   */
  classify(
    method: string | undefined,
    declared: string | undefined,
    header: string | undefined,
  ): Revision | "legacy" {
    if (declared !== undefined) {
      const revision = this.#served.get(declared);
      if (revision === undefined || revision.handshake) throw this.unsupported(declared);
      return revision;
    }
    const named = header === undefined ? undefined : this.#served.get(header);
    if (named !== undefined) return named.handshake ? "legacy" : named;
    const newest = this.#served.get(this.versions[0] as string) as Revision;
    return method === "server/discover" && !newest.handshake ? newest : "legacy";
  }

  /** The error for a version that is not served, with those that are. */
  unsupported(requested: string): RpcError {
    return unsupportedVersion(requested, this.versions);
  }
}
