import type { RefusalCode } from "./refused.ts";

/** What clients are told besides the code. Nothing of what was presented is in it. */
const DESCRIPTIONS: { readonly [code in RefusalCode]: string } = {
  invalid_request: "The Authorization header is malformed",
  invalid_token: "The access token is expired, revoked, or not valid for this server",
  insufficient_scope: "The access token lacks scopes that this needs",
  invalid_dpop_proof: "The DPoP proof is missing, or not valid for this request",
  use_dpop_nonce: "The DPoP proof needs the nonce of this response",
};

interface Named {
  readonly error?: RefusalCode | undefined;
  readonly scopes: readonly string[];
  readonly resourceMetadata?: string | undefined;
}

/**
 * The header that says how a client may be let in.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 * @see https://www.rfc-editor.org/rfc/rfc9728#section-5.1
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-7.1
 */
export function challengeHeader(
  scheme: "Bearer" | "DPoP",
  { error, scopes, resourceMetadata }: Named,
  algorithms: readonly string[] = [],
): readonly ["www-authenticate", string] {
  const parameters = {
    error,
    scope: scopes.join(" "),
    resource_metadata: resourceMetadata,
    error_description: error && DESCRIPTIONS[error],
    algs: algorithms.join(" "),
  };
  const text = Object.entries(parameters)
    .flatMap(([name, value]) => (value ? [`${name}="${value}"`] : []))
    .join(", ");
  return ["www-authenticate", text === "" ? scheme : `${scheme} ${text}`];
}
