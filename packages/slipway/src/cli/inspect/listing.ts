import type { McpClient, Prompt, Resource, ResourceTemplate, Tool } from "../../client/index.ts";
import { ERROR_CODES, RpcError } from "../../protocol/errors.ts";

/** All that a server lists. */
export interface Listing {
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplate[];
  readonly prompts: readonly Prompt[];
}

/** Lists what a server says that it has. */
export async function listingOf(client: McpClient): Promise<Listing> {
  const has = (feature: string) => client.serverCapabilities[feature] !== undefined;
  return {
    tools: has("tools") ? await all(client.tools()) : [],
    resources: has("resources") ? await all(client.resources()) : [],
    resourceTemplates: has("resources") ? await all(client.resourceTemplates()) : [],
    prompts: has("prompts") ? await all(client.prompts()) : [],
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  try {
    for await (const item of items) found.push(item);
  } catch (error) {
    // Many servers that have resources or prompts know no templates.
    if (!(error instanceof RpcError) || error.code !== ERROR_CODES.METHOD_NOT_FOUND) throw error;
  }
  return found;
}

/** What one era's clients see and the other's do not, by what it is called. */
export interface Difference {
  readonly what: keyof Listing;
  readonly only: string;
  readonly names: readonly string[];
}

const KEYS = {
  tools: "name",
  resources: "uri",
  resourceTemplates: "uriTemplate",
  prompts: "name",
} as const;

/** @param versions the revisions in which they were listed */
export function differencesOf(
  [one, other]: readonly [Listing, Listing],
  versions: readonly [string, string],
): Difference[] {
  return (Object.keys(KEYS) as (keyof Listing)[]).flatMap((what) => {
    const [first, second] = [namesIn(one, what), namesIn(other, what)];
    return [
      { what, only: versions[0], names: first.filter((name) => !second.includes(name)) },
      { what, only: versions[1], names: second.filter((name) => !first.includes(name)) },
    ].filter(({ names }) => names.length > 0);
  });
}

function namesIn(listing: Listing, what: keyof Listing): string[] {
  const key: string = KEYS[what];
  return listing[what].map((one) => String((one as unknown as { [key: string]: unknown })[key]));
}
