import type { Principal } from "../ports/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { defaultLogger, type Logger } from "../server/index.ts";
import { Keyed, NoRoomError } from "./keyed.ts";
import { safeNameOf } from "./safe-name.ts";

export interface PerTenantOptions<T> {
  /**
   * Opens what a tenant has: a database, a pool of connections, a client of another service.
   * @param tenant as its principals name it: it comes from a token, so build no path, URL or SQL of it
   * @param name the same in letters, digits and `-`, at most 50 of them, which no other tenant has: for names of files and schemas
   */
  open(tenant: string, name: string): T | Promise<T>;
  /** Closes it. Default: nothing. */
  close?(thing: T, tenant: string): void | Promise<void>;
  /**
   * How many are open at once. One more takes the place of the one that was idle the longest; where all are in use, it is
   * refused. Default: 100.
   */
  max?: number;
  /** How long one stays open that nobody uses, in milliseconds. Default: 60,000. */
  idleMs?: number;
  /** Default: errors and warnings on stderr. */
  logger?: Logger;
}

/** One thing for each tenant. */
export interface PerTenant<T> {
  /**
   * Works with the caller's own, which is opened if it is not, and stays open until the work is done.
   * @param caller a handler's `ctx`, or a principal
   * @throws RpcError when the caller has no tenant, or all that may be open are in use
   */
  use<R>(caller: Caller, work: (thing: T) => R | Promise<R>): Promise<R>;
  /** How many are open. */
  readonly size: number;
  /** Closes all, and opens none any more. */
  close(): Promise<void>;
}

/** A handler's context, or whoever calls. */
type Caller = { readonly auth: Principal | undefined } | Principal;

/**
 * Opens something for each tenant when it is first needed, and closes it when it is idle.
 * @throws TypeError when a bound is not a positive integer
 */
export function perTenant<T>(options: PerTenantOptions<T>): PerTenant<T> {
  const { open, close, max = 100, idleMs = 60_000, logger = defaultLogger } = options;
  for (const [name, value] of Object.entries({ max, idleMs })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new TypeError(`perTenant({ ${name} }): expected a positive integer, got ${String(value)}.`);
  }
  const things = new Keyed<T>({
    open: async (tenant) => open(tenant, await safeNameOf(tenant)),
    close: (thing, tenant) => close?.(thing, tenant),
    failed: (error) => logger.error("What a tenant had open could not be closed.", error),
    isBusy: () => false,
    max,
    idleMs,
    graceMs: 0,
  });
  return {
    async use(caller, work) {
      try {
        return await things.use(tenantOf(caller), work);
      } catch (error) {
        if (!(error instanceof NoRoomError)) throw error;
        throw new RpcError(
          ERROR_CODES.INTERNAL_ERROR,
          "Too many tenants are served at once: try again later.",
        );
      }
    },
    get size() {
      return things.size;
    },
    close: () => things.close(),
  };
}

function tenantOf(caller: Caller): string {
  const principal = "auth" in caller ? caller.auth : (caller as Principal);
  const tenant = principal?.tenant;
  if (tenant !== undefined && tenant !== "") return tenant;
  throw new RpcError(ERROR_CODES.INVALID_REQUEST, "This needs a caller who belongs to a tenant.");
}
