const LABEL = "[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const PREFIX = `${LABEL}(?:\\.${LABEL})*/`;
const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const KEY = new RegExp(`^(?:${PREFIX})?(?:${NAME})?$`);

/**
 * Whether a text may be a key of `_meta`: an optional prefix of dotted labels and a slash, and a name.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#meta
 */
export function isMetaKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * Whether a text may name an extension: a key of `_meta` with a prefix.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation
 */
export function isExtensionIdentifier(text: string): boolean {
  return text.includes("/") && KEY.test(text);
}
