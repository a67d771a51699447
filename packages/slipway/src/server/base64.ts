/** Plain base64, as MCP carries binary data. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

/** Base64 for URLs, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes, or `undefined` when the text is not base64 for URLs. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return /^[A-Za-z0-9_-]+$/.test(text)
    ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"))
    : undefined;
}

/** The bytes, or `undefined` when the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}
