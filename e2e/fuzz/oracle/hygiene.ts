import { fault } from "../fault.ts";

/** What tells more of a server than a client should know, or less than it needs. */
const STAINS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/Internal error|failed unexpectedly/, "an internal error"],
  [/\n\s+at |\\n\s+at |\bat \S+ \(\S+:\d+:\d+\)/, "a stack trace"],
  [/file:\/\/\/(work|home|root|usr)|\/(node_modules|dist|src)\/|\.[jt]s:\d+/, "a path of the server's files"],
  // So says Zod of what is missing.
  [/(?<!received )\bundefined\b/, "undefined"],
  [/\[object \w+\]/, "[object …]"],
  [/\bNaN\b/, "NaN"],
  [
    /Cannot (read|convert|set) |is not a function|is not iterable|is not defined|Unexpected token|Maximum call stack|Invalid (URL|array length|time value)|BigInt/,
    "a message of the JavaScript engine",
  ],
];

/** What a client is told holds nothing that it should not, apart from what it sent itself. */
export function checkClean(told: string, sent: string): void {
  for (const [pattern, what] of STAINS) {
    const stain = pattern.exec(told)?.[0];
    if (stain !== undefined && !sent.includes(stain)) fault(`A reply holds ${what}`, told, sent);
  }
}
