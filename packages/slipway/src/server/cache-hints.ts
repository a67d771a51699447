import type { CacheHints } from "../protocol/types.ts";

/** @throws TypeError when the hints are not what clients can be told */
export function checkCacheHints(hints: CacheHints | undefined, where: string): void {
  if (hints === undefined) return;
  const { ttlMs, cacheScope } = hints;
  if (ttlMs !== undefined && !isTtl(ttlMs)) {
    throw new TypeError(
      `${where}: expected "ttlMs" to be a whole number of at least 0, got ${String(ttlMs)}.`,
    );
  }
  if (cacheScope !== undefined && !isScope(cacheScope)) {
    throw new TypeError(
      `${where}: expected "cacheScope" to be "public" or "private", got ${String(cacheScope)}.`,
    );
  }
}

/** Hints that come with a result: what cannot be told is taken for "do not cache". */
export function safeCacheHints({ ttlMs, cacheScope }: CacheHints): CacheHints {
  return {
    ttlMs: isTtl(ttlMs) ? ttlMs : 0,
    cacheScope: isScope(cacheScope) ? cacheScope : "private",
  };
}

function isTtl(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isScope(value: unknown): value is NonNullable<CacheHints["cacheScope"]> {
  return value === "public" || value === "private";
}
