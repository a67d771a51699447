const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

const SHARED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PLAIN = encoder.encode(`${SHARED}+/`);
const FOR_URLS = encoder.encode(`${SHARED}-_`);

const NO_DIGIT = 255;
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, code] of FOR_URLS.entries()) VALUES[code] = value;

/** Plain base64, as MCP carries binary data. */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, PLAIN) + "=".repeat((3 - (bytes.length % 3)) % 3);
}

/** Base64 for URLs, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return encode(bytes, FOR_URLS);
}

/** By a table: `btoa` would need the bytes as a string first, at ten times the cost. */
function encode(bytes: Uint8Array, alphabet: Uint8Array): string {
  const { length } = bytes;
  const out = new Uint8Array(Math.ceil((length * 4) / 3));
  for (let i = 0, at = 0; i < length; i += 3) {
    const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at++] = alphabet[word >> 18] as number;
    out[at++] = alphabet[(word >> 12) & 63] as number;
    // What lies behind the end of `out` is dropped.
    out[at++] = alphabet[(word >> 6) & 63] as number;
    out[at++] = alphabet[word & 63] as number;
  }
  return decoder.decode(out);
}

/** The bytes, or `undefined` when the text is not what {@link toBase64Url} makes of any bytes. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const codes = encoder.encode(text);
  if (codes.length % 4 === 1) return undefined;
  const out = new Uint8Array((codes.length * 3) >> 2);
  let at = 0;
  let word = 0;
  let bits = 0;
  for (const code of codes) {
    const value = VALUES[code] as number;
    if (value === NO_DIGIT) return undefined;
    word = (word << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = word >> bits;
    word &= (1 << bits) - 1;
  }
  return word === 0 ? out : undefined;
}
