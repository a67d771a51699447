import { type ClientOptions, type Implementation, McpClient } from "../../client/index.ts";
import {
  CLIENT_INFO,
  connectTo,
  failureOf,
  optionsOf,
  type Target,
  transportTo,
  type Way,
} from "../connect.ts";
import { askForRevisions, hasHandshake, type Spoken, VERSIONS, versionsOf } from "../revisions.ts";
import { type Difference, differencesOf, type Listing, listingOf } from "./listing.ts";

/** All that there is to know about a server without doing anything with it. */
export interface Inspection extends Listing {
  readonly target: string;
  readonly server: Implementation | null;
  /** The revision in which this was listed. */
  readonly protocolVersion: string;
  readonly revisions: readonly Spoken[];
  readonly capabilities: McpClient["serverCapabilities"];
  readonly instructions: string | null;
  readonly differences: readonly Difference[];
  /** What the server does that no server should. */
  readonly warnings: readonly string[];
}

/**
 * Asks a server for everything, in both eras where it speaks both.
 * @param thorough asks for each revision on its own, else for the newest of each era
 */
export async function inspect(
  target: Target,
  way: Way,
  name: string,
  thorough: boolean,
  stderr: (text: string) => void,
): Promise<Inspection> {
  const warnings: string[] = [];
  const options: ClientOptions = {
    info: CLIENT_INFO,
    listen: false,
    onWarning: (message) => warnings.push(message),
  };
  const client = await connectTo(target, way, transportTo(target, way, stderr), options);
  try {
    const { protocolVersion, serverInfo, serverCapabilities, instructions } = client;
    const listing = await listingOf(client);
    const other = await otherEra(target, way, protocolVersion, options);
    const others = VERSIONS.filter((version) => version !== protocolVersion && version !== other?.version);
    const asked = thorough && way.versions === undefined ? others : [];
    const silent = { ...options, onWarning: () => {} };
    const further = await askForRevisions(asked, () => transportTo(target, way, () => {}), {
      ...optionsOf(way),
      ...silent,
    });
    return {
      target: name,
      server: serverInfo ?? null,
      protocolVersion,
      revisions: inOrder([
        { version: protocolVersion, spoken: true },
        ...(other === undefined ? [] : [{ version: other.version, spoken: true }]),
        ...(other === undefined && !thorough && way.versions === undefined
          ? [notSpoken(protocolVersion)]
          : []),
        ...further,
      ]),
      capabilities: serverCapabilities,
      instructions: instructions ?? null,
      ...listing,
      differences:
        other === undefined ? [] : differencesOf([listing, other.listing], [protocolVersion, other.version]),
      warnings: [...new Set(warnings)],
    };
  } catch (error) {
    throw failureOf(error, target);
  } finally {
    await client.close();
  }
}

/**
 * What clients of the revisions with handshake see, where another was spoken.
 * @returns undefined where there is nothing to compare
 */
async function otherEra(
  target: Target,
  way: Way,
  spoken: string,
  options: ClientOptions,
): Promise<{ readonly version: string; readonly listing: Listing } | undefined> {
  if (way.versions !== undefined || hasHandshake(spoken)) return undefined;
  const transport = transportTo(target, way, () => {});
  const legacy = { ...optionsOf(way), ...options, protocolVersions: versionsOf("legacy") };
  const client = await McpClient.connect(transport, legacy).catch(() => undefined);
  if (client === undefined) return undefined;
  try {
    return { version: client.protocolVersion, listing: await listingOf(client) };
  } finally {
    await client.close();
  }
}

/** What connecting alone has shown: the newest revision of the other era is not spoken either. */
function notSpoken(spoken: string): Spoken {
  const version = versionsOf(hasHandshake(spoken) ? "modern" : "legacy")[0] as string;
  return { version, spoken: false };
}

function inOrder(revisions: readonly Spoken[]): Spoken[] {
  return [...revisions].sort((a, b) => VERSIONS.indexOf(a.version) - VERSIONS.indexOf(b.version));
}
