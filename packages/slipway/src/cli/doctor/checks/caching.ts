import type { Admitted } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { modernRequest, saidIn } from "../messages.ts";

const CACHING = new Findings("caching");

/** What clients are told about keeping lists. @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching */
export async function checkCaching({ wire, modern }: Admitted): Promise<Finding[]> {
  if (modern === undefined) return [];
  const methods = ["server/discover", "tools/list"];
  const findings: Finding[] = [];
  for (const method of methods) {
    const { result } = saidIn(await wire.send(modernRequest(modern, method))) ?? {};
    if (result !== undefined) findings.push(judge(method, result, Object.keys(wire.credentials).length > 0));
  }
  return findings;
}

function judge(
  method: string,
  { ttlMs, cacheScope }: { readonly [name: string]: unknown },
  credentials: boolean,
): Finding {
  const data = { data: { method, ttlMs, cacheScope } };
  if (typeof ttlMs !== "number" || (cacheScope !== "public" && cacheScope !== "private")) {
    return CACHING.warning(
      `The result of ${method} has no ttlMs or no cacheScope, which the specification wants.`,
      'Say both, with ttlMs: 0 and cacheScope: "private" where nothing may be kept.',
      data,
    );
  }
  if (credentials && cacheScope === "public" && method !== "server/discover") {
    return CACHING.warning(
      `The result of ${method} may be kept for everybody ("public"), although callers are told apart by credentials.`,
      'Say "private" unless every caller gets the same.',
      data,
    );
  }
  if (ttlMs === 0) {
    return CACHING.note(
      `The result of ${method} may not be kept: clients ask for it again whenever they need it.`,
      "Say a ttlMs in cacheHints if it changes seldom.",
      data,
    );
  }
  return CACHING.fine(`The result of ${method} may be kept for ${ttlMs / 1000} s (${cacheScope}).`, data);
}
