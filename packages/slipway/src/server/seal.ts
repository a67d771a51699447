import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { fromBase64Url, toBase64Url } from "./base64.ts";
import { type Cipher, nodeCiphers, webCiphers } from "./cipher.ts";

/**
 * Seals what a client carries for the server: AES-256-GCM, with what the seal is bound to as additional
 * authenticated data. What fails to open is refused without saying why.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr#server-requirements-basic-workflow
 */
export interface SealOptions {
  /**
   * Secrets of at least 32 characters, the current one first. All that are listed open a seal, the first one
   * makes new ones: to rotate, put a new one in front and drop the old after `ttlMs`. Servers that share the
   * work behind one address need the same list. Default: one random secret, which dies with the process.
   */
  secrets?: readonly string[];
  /** How long a suspended call can be continued, in milliseconds. Default: one hour. */
  ttlMs?: number;
  /** The longest `requestState` that is sent, in characters. Longer journals go to the `JournalAdapter`. Default: 64 KiB. */
  maxLength?: number;
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const HEADER_BYTES = 1 + KEY_ID_BYTES + IV_BYTES;
const MIN_SECRET_LENGTH = 32;

interface Key {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly cipher: Cipher;
}

let processSecret: string | undefined;

/** One for the process, so that every transport in it opens what any of them sealed. */
function secretOfThisProcess(): string {
  processSecret ??= toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  return processSecret;
}

const ringsOf = new Map<string, readonly Key[]>();

/** More lists of secrets than any process has at a time; those of transports that are gone are let go. */
const MAX_RINGS = 64;

/**
 * Keys are derived once for a process and a list of secrets. What is kept are the keys, and not the promise
 * of them: where work ends with the request that began it, as in a Worker, that may stay one for ever.
 */
async function ringOf(secrets: readonly string[]): Promise<readonly Key[]> {
  const name = JSON.stringify(secrets);
  const known = ringsOf.get(name);
  if (known !== undefined) return known;
  const ring = await Promise.all(secrets.map(keyOf));
  const [oldest] = ringsOf.keys();
  if (oldest !== undefined && ringsOf.size >= MAX_RINGS) ringsOf.delete(oldest);
  ringsOf.set(name, ring);
  return ring;
}

async function keyOf(secret: string): Promise<Key> {
  const suite = nodeCiphers ?? webCiphers;
  const [key, id] = await Promise.all([
    suite.derive(secret, "slipway request state key", 32),
    suite.derive(secret, "slipway request state id", KEY_ID_BYTES),
  ]);
  return { id, cipher: await suite.cipher(key) };
}

export class Sealer {
  readonly ttlMs: number;
  readonly maxLength: number;
  readonly #secrets: readonly string[] | undefined;
  #ring: readonly Key[] | undefined;

  constructor(options: SealOptions = {}) {
    this.ttlMs = options.ttlMs ?? 3_600_000;
    this.maxLength = options.maxLength ?? 65_536;
    this.#secrets = options.secrets && [...options.secrets];
    if (this.#secrets?.length === 0) throw new TypeError("secrets: expected at least one secret, got none.");
    for (const secret of this.#secrets ?? []) {
      if (secret.length >= MIN_SECRET_LENGTH) continue;
      throw new TypeError(
        `secrets: expected at least ${MIN_SECRET_LENGTH} characters each, got one of ${secret.length}. ` +
          "Make one with `openssl rand -base64 32`.",
      );
    }
  }

  #keys(): readonly Key[] | Promise<readonly Key[]> {
    // A random secret is made only when needed: a Worker makes none while it is loaded.
    return (
      this.#ring ??
      ringOf(this.#secrets ?? [secretOfThisProcess()]).then((ring) => {
        this.#ring = ring;
        return ring;
      })
    );
  }

  async seal(value: unknown, binding: string): Promise<string> {
    const keys = this.#keys();
    const [current] = (keys instanceof Promise ? await keys : keys) as [Key];
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = JSON.stringify({ expires: Date.now() + this.ttlMs, value });
    const sealing = current.cipher.encrypt(iv, text, binding);
    const sealed = sealing instanceof Promise ? await sealing : sealing;
    const out = new Uint8Array(HEADER_BYTES + sealed.length);
    out[0] = VERSION;
    out.set(current.id, 1);
    out.set(iv, 1 + KEY_ID_BYTES);
    out.set(sealed, HEADER_BYTES);
    return toBase64Url(out);
  }

  /** @throws RpcError -32602 when it was tampered with, bound to something else, has expired, or has no key. */
  async open(text: string, binding: string): Promise<unknown> {
    const bytes = fromBase64Url(text);
    if (bytes === undefined || bytes.length <= HEADER_BYTES || bytes[0] !== VERSION) throw refused();
    const keys = this.#keys();
    const ring = keys instanceof Promise ? await keys : keys;
    const key = ring.find(({ id }) => id.every((byte, i) => byte === bytes[1 + i]));
    if (key === undefined) throw refused();
    const opened = await decrypt(key.cipher, bytes, binding);
    if (opened.expires <= Date.now()) throw refused();
    return opened.value;
  }
}

async function decrypt(
  cipher: Cipher,
  bytes: Uint8Array<ArrayBuffer>,
  binding: string,
): Promise<{ expires: number; value: unknown }> {
  try {
    const iv = bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES);
    const opening = cipher.decrypt(iv, bytes.subarray(HEADER_BYTES), binding);
    return JSON.parse(opening instanceof Promise ? await opening : opening) as {
      expires: number;
      value: unknown;
    };
  } catch {
    throw refused();
  }
}

/** The one answer to every state that cannot be continued. */
export function refused(): RpcError {
  return new RpcError(
    ERROR_CODES.INVALID_PARAMS,
    `"requestState" cannot be continued here: send the request again without "requestState" and "inputResponses".`,
    undefined,
    400,
  );
}
