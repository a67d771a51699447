import { toBase64Url } from "../server/index.ts";

/** How long a nonce is given out, in milliseconds. It is taken for as long again. */
const SLOT_MS = 120_000;

const encoder = new TextEncoder();

/** Nonces that are derived from a secret and the time, so that servers need to keep none. */
export class DpopNonces {
  readonly #key: Promise<CryptoKey>;

  /** @throws TypeError when the secret is short */
  constructor(secret: string) {
    if (secret.length < 32) throw new TypeError("dpop: { nonceSecret }: expected at least 32 characters.");
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    this.#key = crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  }

  current(): Promise<string> {
    return this.#nonceOf(slotNow());
  }

  async takes(nonce: unknown): Promise<boolean> {
    const slot = slotNow();
    return nonce === (await this.#nonceOf(slot)) || nonce === (await this.#nonceOf(slot - 1));
  }

  async #nonceOf(slot: number): Promise<string> {
    const bytes = await crypto.subtle.sign("HMAC", await this.#key, encoder.encode(`dpop nonce ${slot}`));
    return toBase64Url(new Uint8Array(bytes));
  }
}

function slotNow(): number {
  return Math.floor(Date.now() / SLOT_MS);
}
