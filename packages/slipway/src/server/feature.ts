import type { Principal } from "../ports/index.ts";
import type { Chain } from "./middleware.ts";
import type { Prompt } from "./prompts.ts";
import type { Resource, ResourceTemplate } from "./resources.ts";
import type { Tool } from "./tools.ts";

/** What every entry of a list has. */
export interface Feature {
  /** Its name or URI: unique in its list. */
  readonly key: string;
  /** Its definition as the newest revision lists it. */
  readonly definition: { readonly [key: string]: unknown };
  /** Whether a caller may see and use it. Left out: everybody. */
  readonly visible?: ((principal: Principal | undefined) => boolean) | undefined;
  /** The middleware of mounted servers that what is done with it goes through. */
  readonly chain?: Chain | undefined;
}

export interface Features {
  tools: Tool;
  prompts: Prompt;
  resources: Resource;
  templates: ResourceTemplate;
}

export type FeatureKind = keyof Features;

/**
 * Where a server's features come from: its own registry, a mounted server, or anything else that can list
 * them. Lists keep their order while their generation does not change.
 */
export interface Provider {
  /** A number that changes whenever any list does. */
  readonly generation: number;
  features<K extends FeatureKind>(kind: K): readonly Features[K][];
  feature<K extends FeatureKind>(kind: K, key: string): Features[K] | undefined;
  /** The middleware that wraps what is done with its features, where it has some. */
  readonly chain?: Chain | undefined;
  /** Whether another provider is this one, or part of it. */
  contains?(other: Provider): boolean;
}

export function isVisible(feature: Feature, principal: Principal | undefined): boolean {
  return feature.visible === undefined || feature.visible(principal);
}
