const encoder = new TextEncoder();

/** How much of a name is kept for people to read. */
const READABLE = 32;

/**
 * A name of `a-z 0-9 -` that no other text has: what can be read of it, and 64 bits of its digest, since file systems
 * may not tell capitals from small letters.
 */
export async function safeNameOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  const hex = [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const readable = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, READABLE)
    .replaceAll(/^-|-$/g, "");
  return readable === "" ? hex : `${readable}-${hex}`;
}
