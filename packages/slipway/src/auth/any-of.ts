import { type ResourceOptions, ResourceServer } from "./resource-server.ts";

/**
 * Takes what any of several takes. They are asked in their order; the first that knows what a request presents decides. Clients are
 * told of all authorization servers.
 *
 * @param options put over those of the several, of which the first that has one counts
 * @throws TypeError when there is none, or they are for different resources
 */
export function anyOf(servers: readonly ResourceServer[], options: ResourceOptions = {}): ResourceServer {
  if (servers.length === 0) throw new TypeError("anyOf: expected at least one.");
  const resources = new Set(servers.flatMap(({ options: { resource = [] } }) => resource));
  if (resources.size > 1 && options.resource === undefined) {
    throw new TypeError(`anyOf: expected one resource, got ${[...resources].join(" and ")}.`);
  }
  const merged = Object.assign({}, ...servers.map((server) => server.options).reverse()) as ResourceOptions;
  const named = [...new Set(servers.flatMap((server) => server.options.scopesSupported ?? []))];
  const scopes = named.length === 0 ? {} : { scopesSupported: named };
  // Each may let nobody in; that all together do so is said here.
  const parts = servers.flatMap((server) => server.parts);
  return new ResourceServer(parts, { ...merged, ...scopes, optional: false, ...options });
}
