import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization";

export const authorization: readonly Requirement[] = [
  {
    id: "2026-07-28/authorization/http-conforms",
    level: "SHOULD",
    text: "A server over HTTP that is protected follows the authorization of the specification.",
    place: `${page}#protocol-requirements`,
    check:
      "The official client, told nothing but the address of the server, authorizes its user at a real authorization server and calls a tool.",
  },
  {
    id: "2026-07-28/authorization/not-over-stdio",
    level: "SHOULD",
    text: "Over stdio the authorization of the specification is not followed; credentials come from the environment.",
    place: `${page}#protocol-requirements`,
    check:
      "A server over stdio whose program names who calls → ctx.auth is that principal, and a tool that needs scopes it lacks ends in a JSON-RPC error that names them.",
  },
  {
    id: "2026-07-28/authorization/metadata",
    level: "MUST",
    text: "The server implements Protected Resource Metadata, whose document has `authorization_servers` with at least one.",
    place: `${page}/authorization-server-discovery#authorization-server-location`,
    check:
      "GET of the well-known path → JSON with resource and authorization_servers, for every origin and without credentials.",
  },
  {
    id: "2026-07-28/authorization/metadata-located",
    level: "MUST",
    text: "The metadata is found by `resource_metadata` of a 401, or at a well-known URI.",
    place: `${page}/authorization-server-discovery#protected-resource-metadata-discovery-requirements`,
    check:
      "A request without token → 401 whose WWW-Authenticate has resource_metadata; the document is served there, and at the root.",
  },
  {
    id: "2026-07-28/authorization/challenge-401",
    level: "MUST",
    text: "A request without valid authorization where it is needed gets 401.",
    place: `${page}#error-handling`,
    check: "POST, GET and DELETE without token → 401 with WWW-Authenticate.",
  },
  {
    id: "2026-07-28/authorization/challenge-has-scope",
    level: "SHOULD",
    text: "The challenge has `scope` with the scopes that are required.",
    place: `${page}#scope-selection-strategy`,
    check: "A server that needs scopes for every request → the 401 has them in scope.",
  },
  {
    id: "2026-07-28/authorization/every-request",
    level: "MUST",
    implied: true,
    text: "Authorization is needed on every HTTP request, also within a session.",
    place: `${page}#token-requirements`,
    check: "GET and DELETE without a token, or with a wrong one → 401.",
  },
  {
    id: "2026-07-28/authorization/no-token-in-query",
    level: "MUST",
    implied: true,
    text: "A token in the query is not taken.",
    place: `${page}#token-requirements`,
    check: "A good token as access_token of the query → 401.",
  },
  {
    id: "2026-07-28/authorization/validates-tokens",
    level: "MUST",
    text: "Access tokens are validated before a request is processed.",
    place: `${page}#token-handling`,
    check:
      "A good token → its principal; tokens that are wrong in one thing each → refused, and no handler runs.",
  },
  {
    id: "2026-07-28/authorization/own-audience-only",
    level: "MUST",
    text: "Only tokens are accepted that were issued for this server as their audience.",
    place: `${page}/security-considerations#access-token-privilege-restriction`,
    check: "Tokens for another host, for another path of the host, and without audience → 401.",
  },
  {
    id: "2026-07-28/authorization/invalid-token-401",
    level: "MUST",
    text: "Invalid and expired tokens get 401.",
    place: `${page}#token-handling`,
    check: "Every wrong token → 401 with error=invalid_token and nothing that tells what is wrong.",
  },
  {
    id: "2026-07-28/authorization/status-codes",
    level: "MUST",
    text: "Missing or invalid tokens are answered with 401, insufficient scopes with 403, malformed requests with 400.",
    place: `${page}#error-handling`,
    check: "Malformed Authorization headers → 400.",
  },
  {
    id: "2026-07-28/authorization/insufficient-scope-403",
    level: "SHOULD",
    text: "A call whose token lacks scopes gets 403 with `insufficient_scope`, `scope` and `resource_metadata`.",
    place: `${page}#runtime-insufficient-scope-errors`,
    check:
      "Tools, prompts, resources and completions that need scopes, called without → 403 with such a challenge, and no handler runs.",
  },
  {
    id: "2026-07-28/authorization/challenge-names-scopes",
    level: "SHOULD",
    text: "The challenge names all scopes that the operation needs, consistently.",
    place: `${page}#runtime-insufficient-scope-errors`,
    check: "A tool that needs two scopes → both are in one challenge, and nothing else.",
  },
  {
    id: "2026-07-28/authorization/scope-hierarchies",
    level: "MUST",
    text: "Broader scopes that imply narrower ones are taken into account.",
    place: `${page}#step-up-authorization-flow`,
    check:
      "impliedScopes with a chain and a circle → a token with the broadest has all; a tool that needs a narrower one runs.",
  },
  {
    id: "2026-07-28/authorization/no-offline-access",
    level: "SHOULD",
    text: "`offline_access` is in no challenge and not in `scopes_supported`.",
    place: `${page}#refresh-tokens`,
    check:
      "It is among the scopes of the server and of the caller → neither the challenges nor the metadata have it.",
  },
  {
    id: "2026-07-28/authorization/considers-users",
    level: "SHOULD",
    text: "Which scopes are needed is chosen with a mind to how often users are asked.",
    place: `${page}#runtime-insufficient-scope-errors`,
    bindsAuthor: true,
    reason: "Which scopes a tool needs is the author's to say.",
  },
  {
    id: "2026-07-28/authorization/canonical-uri-case",
    level: "SHOULD",
    text: "Scheme and host of a resource may be in capitals.",
    place: `${page}#canonical-server-uri`,
    check: "Tokens whose audience has scheme and host in capitals → taken.",
  },
  {
    id: "2026-07-28/authorization/canonical-uri-slash",
    level: "SHOULD",
    text: "The resource is named without a slash at the end that means nothing.",
    place: `${page}#canonical-server-uri`,
    bindsAuthor: true,
    reason:
      "The identifier is the author's to give; the runtime names it as it was given, and takes tokens for both forms.",
  },
  {
    id: "2026-07-28/authorization/no-passthrough",
    level: "MUST",
    text: "The token that was received is not passed on to other services.",
    place: `${page}/security-considerations#access-token-privilege-restriction`,
    check:
      "A handler of an authenticated request looks for the credentials in the request's headers → they are not there.",
  },
  {
    id: "2026-07-28/authorization/secure-token-storage",
    level: "MUST",
    text: "Tokens that are kept or logged cannot be stolen.",
    place: `${page}/security-considerations#token-theft`,
    check:
      "Tokens that were found good and others → the log has none of them, and what is remembered of them are hashes.",
  },
  {
    id: "2026-07-28/authorization/https-only",
    level: "MUST",
    implied: true,
    text: "Endpoints of authorization servers are used over HTTPS only.",
    place: `${page}/security-considerations#communication-security`,
    check:
      "An issuer, keys, or metadata with a plain HTTP address of another machine → refused; nothing is fetched from there.",
  },
  {
    id: "2026-07-28/authorization/proxy-consent",
    level: "MUST",
    text: "A proxy with a static client id gets its user's consent for each client that was registered dynamically.",
    place: `${page}/security-considerations#confused-deputy-problem`,
    bindsAuthor: true,
    reason:
      "What a server does at other services is its author's program; the runtime is no proxy to an authorization server.",
  },
];
