export { anyOf } from "./any-of.ts";
export {
  type ApiKey,
  type ApiKeysOptions,
  apiKeys,
  createApiKey,
  type FindApiKey,
  hashApiKey,
} from "./api-keys.ts";
export type { ClaimMapping } from "./claims.ts";
export { type CustomOptions, custom, type VerifyRequest } from "./custom.ts";
export type { DpopOptions } from "./dpop.ts";
export type { FetchSettings } from "./fetch-json.ts";
export { type IntrospectionOptions, introspection } from "./introspection.ts";
export type { IssuerOptions } from "./issuer.ts";
export { type JwtOptions, jwt } from "./jwt.ts";
export { InMemoryReplays, type Replays } from "./replays.ts";
export type { ResourceOptions, ResourceServer } from "./resource-server.ts";
export type { ScopeOptions } from "./scopes.ts";
