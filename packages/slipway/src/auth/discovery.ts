import { type FetchSettings, fetchJson } from "./fetch-json.ts";
import { Unavailable } from "./refused.ts";
import { checkedServerUrl } from "./resource-identifier.ts";

export type ServerMetadata = { readonly [member: string]: unknown };

/**
 * Where an issuer's metadata may be, in the order in which it is looked for.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery#authorization-server-metadata-discovery
 */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const inserted = ["oauth-authorization-server", "openid-configuration"].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  );
  return path === "" ? inserted : [...inserted, `${origin}${path}/.well-known/openid-configuration`];
}

/**
 * An authorization server's metadata, by RFC 8414 or OpenID Connect Discovery.
 * @throws Unavailable when there is none that names this very issuer
 */
export async function discover(issuer: string, settings: FetchSettings): Promise<ServerMetadata> {
  const problems: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      const metadata = await fetchJson(url, {}, settings);
      if (metadata === undefined) continue;
      if (metadata["issuer"] === issuer) return metadata;
      problems.push(new Error(`${url} is of another issuer.`));
    } catch (error) {
      problems.push(error);
    }
  }
  const cause = new AggregateError(problems, problems.map(String).join(" "));
  throw new Unavailable(`No metadata of the issuer ${issuer} was found.`, { cause });
}

/** @throws Unavailable when the metadata has no such endpoint, or one that must not be trusted */
export function endpointIn(metadata: ServerMetadata, name: string): string {
  const url = metadata[name];
  try {
    return checkedServerUrl(String(url), name).href;
  } catch (cause) {
    throw new Unavailable(`The metadata of ${String(metadata["issuer"])} has no usable ${name}.`, { cause });
  }
}
