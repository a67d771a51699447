/**
 * What a terminal obeys instead of showing it, or shows in another place than it stands in: control characters, marks
 * that turn the direction of text around, and the invisible tags that repeat ASCII.
 */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu;

/**
 * Text of a server as a terminal may have it: lines stay lines, and whatever a terminal would obey is written out. What should
 * be text and is none, which no server is kept from sending, is made some.
 */
export function printable(text: unknown): string {
  return String(text)
    .replace(/\r\n/g, "\n")
    .replace(OBEYED, (one) => (one === "\n" || one === "\t" ? one : escaped(one)));
}

/** The same, on one line. */
export function onOneLine(text: unknown): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** JSON that is safe on a terminal, and the same value as before: what JSON leaves unescaped is escaped as JSON does it. */
export function printableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? "null";
  return text.replace(OBEYED, (one) => (one === "\n" ? one : inJson(one)));
}

function escaped(one: string): string {
  const code = one.codePointAt(0) as number;
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
}

function inJson(one: string): string {
  return Array.from({ length: one.length }, (_, at) => `\\u${hex(one.charCodeAt(at), 4)}`).join("");
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
