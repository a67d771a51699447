import type { Operator } from "./operators.ts";

/** A set of ASCII characters, by code. */
export type CharacterSet = Uint8Array;

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** RFC 3986, section 2.3. */
const UNRESERVED = `${ALPHANUMERIC}-._~`;

/** RFC 3986, section 2.2. */
const RESERVED = ":/?#[]@!$&'()*+,;=";

const NOT_URI_CHARACTERS = new RegExp(`(%[0-9A-Fa-f]{2})|[^${escapeForClass(UNRESERVED + RESERVED)}]`, "gu");

/** A percent-encoded character in UTF-8, or else one code point. */
const CHARACTERS =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}|./gisu;

function escapeForClass(characters: string): string {
  return characters.replace(/[\]\\^-]/g, "\\$&");
}

const unreserved = characterSet(UNRESERVED);
const unreservedButDot = characterSet(UNRESERVED.replace(".", ""));
const all = characterSet(UNRESERVED + RESERVED);
const allButComma = characterSet((UNRESERVED + RESERVED).replace(",", ""));

function characterSet(characters: string): CharacterSet {
  const set = new Uint8Array(128);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

/**
 * The characters that an operator's value may show unencoded; without the separator where `several` values
 * may come.
 */
export function valueCharacters(operator: Operator, several: boolean): CharacterSet {
  if (operator.reserved) return several ? allButComma : all;
  return several && operator.separator === "." ? unreservedButDot : unreserved;
}

/** Percent-encodes all but unreserved characters. Throws `URIError` at a lone surrogate. */
export function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Percent-encodes what may not stand in a URI at all; what is percent-encoded already stays as it is. Throws
 * `URIError` at a lone surrogate.
 */
export function encodeReserved(text: string): string {
  return text.replace(
    NOT_URI_CHARACTERS,
    (character, encoded: string | undefined) => encoded ?? encodeURIComponent(character),
  );
}

/** The first `length` characters of a value; where `reserved`, a percent-encoded character counts as one. */
export function prefixOf(value: string, length: number, reserved: boolean): string {
  if (value.length <= length) return value;
  const characters = reserved ? (value.match(CHARACTERS) ?? []) : [...value];
  return characters.slice(0, length).join("");
}

/** A URI or a literal in the form in which two of them are compared: hexadecimal digits in upper case. */
export function normalizeEncoding(text: string): string {
  return text.includes("%") ? text.replace(/%[0-9a-f]{2}/gi, (encoded) => encoded.toUpperCase()) : text;
}

/** Whether every `%` begins a percent-encoded octet and the octets are UTF-8. */
export function isWellEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where each character of a well-encoded text begins, and at the end the text's length. A percent-encoded
 * character is one character, however many octets it has.
 */
export function characterStarts(text: string): Int32Array {
  const starts = new Int32Array(text.length + 1);
  let count = 0;
  let position = 0;
  while (position < text.length) {
    starts[count++] = position;
    position += text[position] === "%" ? encodedLength(text, position) : 1;
  }
  starts[count++] = text.length;
  return starts.subarray(0, count);
}

function encodedLength(text: string, position: number): number {
  const lead = Number.parseInt(text.slice(position + 1, position + 3), 16);
  if (lead < 0x80) return 3;
  if (lead < 0xe0) return 6;
  return lead < 0xf0 ? 9 : 12;
}
