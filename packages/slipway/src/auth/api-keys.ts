import type { IncomingRequest, Principal } from "../ports/index.ts";
import { sha256, toBase64Url } from "../server/index.ts";
import type { Part } from "./part.ts";
import { MAX_TOKEN_LENGTH, presentedIn } from "./presented.ts";
import { Refused } from "./refused.ts";
import { type ResourceOptions, ResourceServer } from "./resource-server.ts";
import { type ScopeOptions, ScopePolicy } from "./scopes.ts";

/** A key, as it is kept, and whom it stands for. */
export interface ApiKey extends Omit<Principal, "expiresAt"> {
  /** What {@link hashApiKey} makes of the key. */
  readonly hash: string;
  /** When it stops being good. Default: never. */
  readonly expiresAt?: Date;
}

/** Finds a key by its hash, such as in a database. */
export type FindApiKey = (hash: string) => ApiKey | undefined | Promise<ApiKey | undefined>;

export interface ApiKeysOptions extends ScopeOptions, Pick<ResourceOptions, "optional" | "logger"> {
  /** All there are, or a function that finds one. */
  keys: readonly ApiKey[] | FindApiKey;
  /** The header in which keys come. Default: `authorization`, as `Bearer` and the key. */
  header?: string;
}

const HASH = /^sha256:[0-9a-f]{64}$/;

/**
 * The form in which a key is kept: `sha256:` and the hexadecimal SHA-256 of its UTF-8. That is enough for keys that were drawn at random,
 * as {@link createApiKey} does; it is not for what people think up.
 */
export function hashApiKey(key: string): string {
  return `sha256:${Array.from(sha256(key), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Draws a key of 256 random bits. The key itself is for its holder alone. */
export function createApiKey(prefix = "key"): { readonly key: string; readonly hash: string } {
  const key = `${prefix}_${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
  return { key, hash: hashApiKey(key) };
}

/**
 * Takes keys that were given out by hand.
 * @throws TypeError when a hash is not one, or two keys are the same
 */
export function apiKeys(options: ApiKeysOptions): ResourceServer {
  const { keys, header = "authorization" } = options;
  const find = typeof keys === "function" ? keys : finderIn(keys);
  return new ResourceServer([new ApiKeyPart(find, header.toLowerCase(), new ScopePolicy(options))], options);
}

function finderIn(keys: readonly ApiKey[]): FindApiKey {
  const byHash = new Map<string, ApiKey>();
  for (const key of keys) {
    if (!HASH.test(key.hash)) {
      throw new TypeError(
        `apiKeys: expected the hash of the key of "${key.subject}" as hashApiKey() makes it.`,
      );
    }
    if (byHash.has(key.hash)) throw new TypeError(`apiKeys: "${key.subject}" has the key of another.`);
    byHash.set(key.hash, key);
  }
  return (hash) => byHash.get(hash);
}

class ApiKeyPart implements Part {
  readonly authorizationServers = [];
  readonly dpop = undefined;
  readonly #find: FindApiKey;
  readonly #header: string;
  readonly #policy: ScopePolicy;
  readonly #principals = new WeakMap<ApiKey, Principal>();

  constructor(find: FindApiKey, header: string, policy: ScopePolicy) {
    this.#find = find;
    this.#header = header;
    this.#policy = policy;
  }

  get requiredScopes(): readonly string[] {
    return this.#policy.required;
  }

  presents(request: IncomingRequest): boolean {
    return this.#keyIn(request) !== undefined;
  }

  recognise(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined> {
    const key = this.#keyIn(request);
    if (key === undefined) return undefined;
    const hash = hashApiKey(key);
    const found = this.#find(hash);
    return found instanceof Promise ? found.then((one) => this.#admit(one, hash)) : this.#admit(found, hash);
  }

  #keyIn(request: IncomingRequest): string | undefined {
    if (this.#header !== "authorization") {
      const key = request.headers.get(this.#header);
      return key === null || key.length > MAX_TOKEN_LENGTH ? undefined : key;
    }
    const presented = presentedIn(request);
    return presented?.scheme === "bearer" ? presented.token : undefined;
  }

  #admit(key: ApiKey | undefined, hash: string): Principal | undefined {
    // What a lookup by hash takes tells nothing of a key; the comparison that decides takes always as long.
    if (key === undefined || !isSame(key.hash, hash)) return undefined;
    if (key.expiresAt !== undefined && key.expiresAt.getTime() <= Date.now()) {
      throw new Refused("invalid_token", `The key of "${key.subject}" has expired.`);
    }
    return this.#policy.admit(this.#principalOf(key));
  }

  #principalOf(key: ApiKey): Principal {
    let principal = this.#principals.get(key);
    if (principal === undefined) {
      const { hash: _, expiresAt, ...rest } = key;
      principal = expiresAt === undefined ? rest : { ...rest, expiresAt: expiresAt.getTime() };
      this.#principals.set(key, principal);
    }
    return principal;
  }
}

/** Compares two hashes in a time that does not depend on where they differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
