/** The error codes of RFC 6750 and RFC 9449 with which a request is refused. */
export type RefusalCode =
  | "invalid_request"
  | "invalid_token"
  | "insufficient_scope"
  | "invalid_dpop_proof"
  | "use_dpop_nonce";

/** What was presented is not good. What is wrong with it is for the log; the client is told the code alone. */
export class Refused extends Error {
  override readonly name: string = "Refused";
  readonly code: RefusalCode;
  /** What the next proof must hold. */
  readonly nonce: string | undefined;

  /** @param reason for the log, so it must not hold the token */
  constructor(code: RefusalCode, reason: string, options: ErrorOptions & { readonly nonce?: string } = {}) {
    super(reason, options);
    this.code = code;
    this.nonce = options.nonce;
  }
}

/** It cannot be found out now whether what was presented is good: the authorization server is away. */
export class Unavailable extends Error {
  override readonly name: string = "Unavailable";
}
