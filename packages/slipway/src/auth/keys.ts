import type { JWTVerifyGetKey } from "jose";
import { discover, endpointIn } from "./discovery.ts";
import { type FetchSettings, fetchJson } from "./fetch-json.ts";
import { jose } from "./jose.ts";
import { Unavailable } from "./refused.ts";
import { Renewed } from "./renewed.ts";
import { checkedServerUrl } from "./resource-identifier.ts";

export type FindKey = JWTVerifyGetKey;

/** Where an issuer's keys are: found through its metadata, at an address, or given. */
export type KeySource = string | URL | { readonly keys: readonly object[] } | undefined;

const MINUTE = 60_000;

/** Metadata changes seldom, and while it cannot be had the server is likely away as a whole. */
const METADATA = { maxAgeMs: 60 * MINUTE, staleMs: 60 * MINUTE, cooldownMs: MINUTE / 2 };

/** A key that its issuer withdraws counts for no longer than this. */
const KEYS = { maxAgeMs: 10 * MINUTE, staleMs: 60 * MINUTE, cooldownMs: MINUTE / 2 };

/** The public keys of an issuer, fetched when needed: anew every ten minutes, and for a key that is not among them. */
export class Keys {
  readonly #http: FetchSettings;
  readonly #address: Renewed<string> | undefined;
  readonly #set: Renewed<FindKey>;

  /** @throws TypeError when the address is not one that may be trusted */
  constructor(issuer: string, source: KeySource, http: FetchSettings) {
    this.#http = http;
    if (source === undefined) {
      const find = async () => endpointIn(await discover(issuer, http), "jwks_uri");
      this.#address = new Renewed(find, METADATA);
      this.#set = new Renewed(() => this.#fetch(), KEYS);
    } else if (typeof source === "string" || source instanceof URL) {
      const { href } = checkedServerUrl(String(source), "jwks");
      this.#set = new Renewed(() => this.#fetch(href), KEYS);
    } else {
      const given = async () => keySet({ ...source });
      this.#set = new Renewed(given, { ...KEYS, maxAgeMs: Number.POSITIVE_INFINITY });
    }
  }

  async #fetch(address?: string): Promise<FindKey> {
    const url = address ?? (await this.#address?.get()) ?? "";
    const set = await fetchJson(url, {}, this.#http);
    if (set === undefined) throw new Unavailable(`There are no keys at ${url}.`);
    try {
      return await keySet(set);
    } catch (cause) {
      throw new Unavailable(`There are no keys at ${url}.`, { cause });
    }
  }

  /**
   * The key that a token's header names.
   * @throws Unavailable when the keys cannot be fetched
   * @throws the errors of `jose` for a key that is not there
   */
  readonly find: FindKey = async (header, token) => {
    const known = await this.#set.get();
    try {
      return await known(header, token);
    } catch (error) {
      if (!isNoMatch(error)) throw error;
      const newer = await this.#set.anew();
      if (newer === undefined) throw error;
      return newer(header, token);
    }
  };
}

async function keySet(set: object): Promise<FindKey> {
  const { createLocalJWKSet } = await jose();
  return createLocalJWKSet(set as Parameters<typeof createLocalJWKSet>[0]);
}

function isNoMatch(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_JWKS_NO_MATCHING_KEY";
}
