export { type PerTenant, type PerTenantOptions, perTenant } from "./per-tenant.ts";
export { safeNameOf } from "./safe-name.ts";
