import { ERROR_CODES } from "../../protocol/errors.ts";
import { OTHER } from "./definitions.ts";

/** Names that become attributes: a bounded number, and none that a client has made up. */
export class Names {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * @param found what the server knows by the name that the client has sent, if anything
   * @param asked the name that the client has sent: it counts where it was found before
   */
  of(found: string | undefined, asked: unknown): string {
    if (found === undefined) return typeof asked === "string" && this.#known.has(asked) ? asked : OTHER;
    if (this.#known.has(found)) return found;
    // A line break would be none of a name that anybody reads.
    if (this.#known.size >= this.#max || found.includes("\n")) return OTHER;
    this.#known.add(found);
    return found;
  }
}

const CODES: ReadonlySet<number> = new Set(Object.values(ERROR_CODES));

/** So many codes of handlers' own are told apart. */
const MAX_OWN_CODES = 32;

/** The codes of JSON-RPC errors as attributes. */
export class Codes {
  readonly #own = new Set<number>();

  of(code: number): string {
    if (CODES.has(code) || this.#own.has(code)) return String(code);
    if (this.#own.size >= MAX_OWN_CODES) return OTHER;
    this.#own.add(code);
    return String(code);
  }
}
