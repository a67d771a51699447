import { idText } from "../sql/text.ts";

/** What the adapters use of a Workers KV namespace; a binding of type `KVNamespace` fits. */
export interface KvNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: { prefix: string; cursor?: string }): Promise<KvList>;
}

export interface KvList {
  readonly keys: readonly { readonly name: string }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

/** Of the 512 bytes that a key may have. */
const LONGEST_PART = 128;

/** The key of one thing; its parts are escaped, and long ones are hashed, so that no two things meet in one key. */
export async function kvKey(
  kind: "session" | "event" | "wait" | "answer",
  ...parts: string[]
): Promise<string> {
  return ["slipway", kind, ...(await Promise.all(parts.map(keyPart)))].join(":");
}

async function keyPart(part: string): Promise<string> {
  const text = encodeURIComponent(idText(part));
  if (text.length <= LONGEST_PART) return text;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  // No escaped text has this sign.
  return `#${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** In seconds; KV takes no less than a minute. */
export function kvTtl(ms: number): number {
  return Math.max(60, Math.ceil(ms / 1_000));
}

/** The names of all keys with this prefix, in their order. */
export async function* kvNames(kv: KvNamespace, prefix: string): AsyncGenerator<string> {
  for (let cursor: string | undefined; ; ) {
    const page = await kv.list(cursor === undefined ? { prefix } : { prefix, cursor });
    for (const { name } of page.keys) yield name;
    if (page.list_complete) return;
    cursor = page.cursor;
  }
}
