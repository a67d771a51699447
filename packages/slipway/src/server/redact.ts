import type { RequestView } from "./call.ts";

/** Stands where something was left out. */
const REDACTED = "[redacted]";

export interface RedactSettings {
  /**
   * Further names of members whose values are secret, and of request headers whose values may nowhere be repeated.
   * Case, `-` and `_` make no difference.
   */
  readonly keys?: readonly string[];
  /** Further texts that are secret. They are tried on every text, so they should take linear time. */
  readonly patterns?: readonly RegExp[];
}

/** Members whose texts are secret, by their names in lower case without what stands between words. */
const SECRET_NAME =
  /password|passwd|passphrase|secret|credential|(authorization|cookie|token|jwt|pwd|requeststate|(api|access|account|auth|encryption|master|private|session|shared|signing)key)s?$|^(auth|bearer|otp|pin)$/;
/** Those of them whose numbers are secret too: a password may be one, a count of tokens is none. */
const SECRET_NUMBER = /(password|passwd|passphrase|secret|token|pwd|otp|pin)$/;

const SCHEMES = "bearer|basic|dpop";
/** What stands between a name and its value, also in JSON within a text of JSON. */
const IS = String.raw`\\*["']?[ \t]*[:=](?![ \t]*\[redacted)[ \t]*`;
const QUOTED = String.raw`\\*"(?:\\.|[^"\\])*"?|\\*'(?:\\.|[^'\\])*'?`;
const WORD = String.raw`(?:(?:${SCHEMES})[ \t]+)?[^\s"',;&)}\]]+`;
const KEYS = "api|access|account|auth|encryption|master|private|session|shared|signing";
const NAMES = `passw(?:or)?d|passphrase|secret|token|credentials?|jwt|pwd|request_?state|(?:${KEYS})[-_]?key`;

type Replacer = (...found: string[]) => string;

/**
 * What is secret wherever it stands in a text, and what remains of it. Each takes linear time: no match begins within
 * what another one has looked through.
 */
const PATTERNS: readonly (readonly [RegExp, string | Replacer])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [
    new RegExp(String.raw`\b(${SCHEMES})([ \t]+)([\w.~+/=-]{8,})`, "gi"),
    (all, scheme = "", gap = "", credential = "") =>
      // "Basic functionality" is none.
      /[\d_~+/=]|[a-z][A-Z]|.{24}/.test(credential) ? scheme + gap + REDACTED : all,
  ],
  [/(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g, REDACTED],
  [/(:\/\/[^\s/?#@:"']*:)[^\s/?#@"']+@/g, `$1${REDACTED}@`],
  [
    /(?<![A-Za-z0-9])(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|[rs]k[-_]|npm_|pypi-|hf_|ya29\.|SG\.|AIza|A[KS]IA|dop_v1_|shpat_|whsec_)[\w.-]{16,}/g,
    REDACTED,
  ],
  [new RegExp(String.raw`((?:authorization|cookie)${IS})(?:${QUOTED}|[^\r\n]+)`, "gi"), `$1${REDACTED}`],
  [new RegExp(`((?:${NAMES})${IS})(?:${QUOTED}|${WORD})`, "gi"), `$1${REDACTED}`],
];

/** Headers whose values are credentials. */
const HEADERS = ["authorization", "proxy-authorization", "x-api-key", "cookie", "set-cookie"];

/** Shorter texts stand in others by chance. */
const MIN_KNOWN_LENGTH = 6;

/**
 * Leaves out what is recognisably secret: what members such as `password` and `authorization` hold, and in texts
 * credentials with their scheme, JWTs, private keys, passwords in URLs, `name=value` of such names, and tokens of known
 * make. What it cannot recognise it cannot leave out.
 */
export class Redactor {
  readonly #keys: ReadonlySet<string>;
  readonly #headers: readonly string[];
  readonly #patterns: readonly RegExp[];
  #count = 0;

  /** @throws TypeError when a key is empty, or a pattern is none */
  constructor({ keys = [], patterns = [] }: RedactSettings = {}) {
    const names = keys.map(plainName);
    if (names.includes("")) throw new TypeError("redact.keys: expected names of letters or digits.");
    this.#keys = new Set(names);
    this.#headers = [...HEADERS, ...keys.filter((key) => /^[\w.-]+$/.test(key))];
    this.#patterns = patterns.map((pattern) => {
      if (!(pattern instanceof RegExp)) throw new TypeError("redact.patterns: expected regular expressions.");
      return new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, "")}g`);
    });
  }

  /** How much it has left out until now. */
  get count(): number {
    return this.#count;
  }

  /**
   * The same without what is secret in it; what came is not changed.
   * @param value what JSON can hold
   * @param known texts that are secret wherever they stand, as of {@link credentialsOf}
   */
  redact(value: unknown, known: readonly string[] = []): unknown {
    return this.#redact(value, known, "");
  }

  /** @param name the name of the member that holds it, where that is secret, else "" */
  #redact(value: unknown, known: readonly string[], name: string): unknown {
    if (typeof value === "string") {
      if (name === "" || value === "") return this.#text(value, known);
      this.#count++;
      return REDACTED;
    }
    if (typeof value === "number") {
      if (!SECRET_NUMBER.test(name) && !this.#keys.has(name)) return value;
      this.#count++;
      return REDACTED;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      return value.map((each, at) => {
        // Headers come as lists, too: names and values by turns.
        const before: unknown = value[at - 1];
        const header = typeof before === "string" && HEADERS.includes(before.toLowerCase());
        return this.#redact(each, known, name === "" && header ? "s" : name);
      });
    }
    const clean: { [key: string]: unknown } = Object.create(null);
    for (const [key, each] of Object.entries(value)) {
      const plain = plainName(key);
      // Within what is secret all texts are, and no more numbers than elsewhere: { tokens: { input: 12 } }.
      const secret = this.#keys.has(plain) || SECRET_NAME.test(plain) ? plain : name === "" ? "" : "s";
      clean[this.#text(key, known)] = this.#redact(each, known, secret);
    }
    return clean;
  }

  #text(text: string, known: readonly string[]): string {
    let clean = text;
    const leave = () => {
      this.#count++;
      return REDACTED;
    };
    for (const secret of known) clean = clean.replaceAll(secret, leave);
    for (const pattern of this.#patterns) clean = clean.replace(pattern, leave);
    for (const [pattern, rest] of PATTERNS) {
      const before = clean;
      clean = clean.replace(pattern, rest as string);
      if (clean !== before) this.#count++;
    }
    return clean;
  }

  /** The credentials that a request came with: what may stand in no text that leaves. */
  credentialsOf(request: Pick<RequestView, "headers" | "presented"> | undefined): string[] {
    const found = this.#headers.flatMap((name) => {
      const value = request?.presented?.(name) ?? request?.headers.get(name) ?? "";
      if (/cookie$/i.test(name)) return value.split(/; */).map((pair) => pair.slice(pair.indexOf("=") + 1));
      // Without its scheme.
      return value.replace(/^[\w-]+ +(?=\S+$)/, "");
    });
    // The longest first, as one may be part of another.
    return found.filter(({ length }) => length >= MIN_KNOWN_LENGTH).sort((a, b) => b.length - a.length);
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
