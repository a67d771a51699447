/**
 * How much a finding matters.
 * - `error`: some clients cannot use the server, or somebody can who must not
 * - `warning`: works until something happens, such as a restart, a slow network, or one more client
 * - `note`: worth knowing, and may be meant so
 * - `fine`: was looked at, and is as it should be
 * - `skipped`: could not be looked at, and why
 */
export type Severity = "error" | "warning" | "note" | "fine" | "skipped";

export interface Finding {
  /** What was looked at; the name stays the same from version to version. */
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** What was measured, for programs. */
  readonly data?: { readonly [name: string]: unknown };
}

type More = Pick<Finding, "data">;

/** Makes the findings of one check. */
export class Findings {
  readonly #check: string;

  constructor(check: string) {
    this.#check = check;
  }

  error(message: string, remedy: string, more: More = {}): Finding {
    return { check: this.#check, severity: "error", message, remedy, ...more };
  }

  warning(message: string, remedy: string, more: More = {}): Finding {
    return { check: this.#check, severity: "warning", message, remedy, ...more };
  }

  note(message: string, remedy?: string, more: More = {}): Finding {
    return {
      check: this.#check,
      severity: "note",
      message,
      ...(remedy !== undefined && { remedy }),
      ...more,
    };
  }

  fine(message: string, more: More = {}): Finding {
    return { check: this.#check, severity: "fine", message, ...more };
  }

  skipped(message: string, remedy?: string): Finding {
    return { check: this.#check, severity: "skipped", message, ...(remedy !== undefined && { remedy }) };
  }
}
