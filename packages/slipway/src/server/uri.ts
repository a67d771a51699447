/** The longest URI that is taken, in characters. */
export const MAX_URI_LENGTH = 8192;

// RFC 3986, with the characters beyond ASCII that RFC 3987 adds: what else stands there must be percent-encoded.
// Brackets are around a host that is an address, and nowhere else; a fragment holds no second one.
const ABSOLUTE_URI =
  /^(?!.*#.*#)[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/\[[\w:.]+\])?(?:[\w\-.~:/?#@!$&'()*+,;=\u{A0}-\u{D7FF}\u{E000}-\u{10FFFF}]|%[0-9A-Fa-f]{2})*$/u;

/** Whether a text is an absolute URI of at most {@link MAX_URI_LENGTH} characters. */
export function isUri(text: unknown): text is string {
  return (
    typeof text === "string" && text.length <= MAX_URI_LENGTH && ABSOLUTE_URI.test(text) && URL.canParse(text)
  );
}
