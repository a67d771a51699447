import { ClientError, type ClientOptions, type ClientTransport, McpClient } from "../client/index.ts";
import { Revisions } from "../protocol/eras/index.ts";
import { RpcError } from "../protocol/errors.ts";

const ALL = new Revisions();

/** Every revision that there is, newest first. */
export const VERSIONS: readonly string[] = ALL.versions;

/** Whether a revision opens with a handshake. */
export function hasHandshake(version: string): boolean {
  return ALL.get(version)?.handshake === true;
}

/** The revisions of one era, newest first: `"modern"` stands for those without handshake, `"legacy"` for those with. */
export function versionsOf(era: "modern" | "legacy"): string[] {
  return VERSIONS.filter((version) => hasHandshake(version) === (era === "legacy"));
}

/** Whether a server speaks a revision. */
export interface Spoken {
  readonly version: string;
  readonly spoken: boolean;
  /** What the server said, or did, when it was asked for one that it does not speak. */
  readonly why?: string;
}

/**
 * Connects in each of the revisions on its own, one after the other.
 * @param transport makes a new way to the server
 * @throws ClientError when the server cannot be asked at all
 */
export async function askForRevisions(
  versions: readonly string[],
  transport: () => ClientTransport,
  options: ClientOptions,
): Promise<Spoken[]> {
  const found: Spoken[] = [];
  for (const version of versions) found.push(await askFor(version, transport(), options));
  return found;
}

async function askFor(version: string, to: ClientTransport, options: ClientOptions): Promise<Spoken> {
  try {
    const client = await McpClient.connect(to, { ...options, protocolVersions: [version], listen: false });
    await client.close();
    return { version, spoken: true };
  } catch (error) {
    if (!saysNo(error)) throw error;
    return { version, spoken: false, why: (error as Error).message };
  }
}

/** Statuses that say nothing about what the server speaks: it wants to know who asks, or is away. */
const SAYS_NOTHING = new Set([401, 403, 408, 425, 429, 502, 503, 504]);

function saysNo(error: unknown): boolean {
  if (error instanceof RpcError) return true;
  if (!(error instanceof ClientError)) return false;
  if (error.code === "status") return !SAYS_NOTHING.has(error.status ?? 0);
  return error.code === "revision" || error.code === "protocol";
}
