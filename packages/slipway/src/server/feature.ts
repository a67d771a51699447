import type { Principal } from "../ports/index.ts";
import { InsufficientScopeError } from "../protocol/errors.ts";
import type { Chain } from "./middleware.ts";
import type { Prompt } from "./prompts.ts";
import type { Resource, ResourceTemplate } from "./resources.ts";
import type { Tool } from "./tools.ts";

/** Who may see and use what is registered. */
export interface Access {
  /** Whether a caller may list and use it; to others it does not exist. Default: everybody may. */
  visible?: (principal: Principal | undefined) => boolean;
  /**
   * Scopes that a caller needs to use it, all of them. Default: none.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#scope-challenge-handling
   */
  scopes?: readonly string[];
  /**
   * What it is to callers that lack scopes. `"challenge"`: listed, and its use is refused with what scopes it needs, so that
   * the client can ask its user for them. `"hide"`: it does not exist. Default: `"challenge"`.
   */
  withoutScopes?: "challenge" | "hide";
  /** Default: true. */
  enabled?: boolean;
}

/** What every entry of a list has. */
export interface Feature {
  /** Its name or URI: unique in its list. */
  readonly key: string;
  /** Its definition as the newest revision lists it. */
  readonly definition: { readonly [key: string]: unknown };
  /** Whether a caller may see and use it. Left out: everybody. */
  readonly visible?: ((principal: Principal | undefined) => boolean) | undefined;
  /** Scopes that a caller who sees it needs to use it. */
  readonly scopes?: readonly string[] | undefined;
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

/** Of the characters that RFC 6749 allows, and so that no header is broken by them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws TypeError when the scopes are not what OAuth takes for such */
export function accessOf(
  { visible, scopes, withoutScopes }: Access,
  where: string,
): Pick<Feature, "visible" | "scopes"> {
  if (scopes === undefined) return { visible };
  if (!Array.isArray(scopes) || !scopes.every((scope) => SCOPE.test(scope))) {
    throw new TypeError(`scopes of the ${where}: expected texts without spaces, quotes and backslashes.`);
  }
  if (withoutScopes !== "hide") return { visible, scopes };
  return { visible: (principal) => holds(scopes, principal) && (visible?.(principal) ?? true) };
}

function holds(scopes: readonly string[], principal: Principal | undefined): boolean {
  return scopes.every((scope) => principal?.scopes?.includes(scope));
}

/** Whether a caller sees a feature and has the scopes for it. */
export function mayUse(feature: Feature, principal: Principal | undefined): boolean {
  return isVisible(feature, principal) && holds(feature.scopes ?? [], principal);
}

/** @throws InsufficientScopeError when the caller lacks scopes for a feature that it sees */
export function checkScopes({ scopes }: Feature, principal: Principal | undefined): void {
  if (scopes !== undefined && !holds(scopes, principal)) throw new InsufficientScopeError(scopes);
}

export function isVisible(feature: Feature, principal: Principal | undefined): boolean {
  return feature.visible === undefined || feature.visible(principal);
}
