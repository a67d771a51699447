import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import type { HttpLoad, HttpLoadResult } from "./http.ts";

export function autocannonVersion(): string {
  const manifest = readFileSync(fileURLToPath(import.meta.resolve("autocannon/package.json")), "utf8");
  return `autocannon ${(JSON.parse(manifest) as { version: string }).version}`;
}

/** Each connection has requests of its own, so that no id is in use twice within a session. */
export async function loadWithAutocannon(load: HttpLoad): Promise<HttpLoadResult> {
  const { url, connections, seconds, requests } = load;
  const share = Math.max(1, Math.floor(requests.length / connections));
  let client = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 30,
    setupClient: (connection) => {
      const start = (client++ * share) % requests.length;
      connection.setRequests(requests.slice(start, start + share).map((request) => ({ ...request })));
    },
  });
  return {
    requests: result["2xx"],
    seconds: result.duration,
    bytes: result.throughput.total,
    failed: result.non2xx + result.errors + result.timeouts,
  };
}
