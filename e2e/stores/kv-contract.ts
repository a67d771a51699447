// A Worker that runs the contracts on its KV namespace, and answers with the reports.
import { KvClientRequestAdapter, type KvNamespace, KvSessionAdapter } from "slipway/cloudflare";
import { type ContractReport, clientRequestContract, runContract, sessionContract } from "slipway/testing";

/** Cases that KV cannot carry, by contract and name. */
type Skips = { readonly [contract: string]: { readonly [name: string]: string } };

export default {
  async fetch(request: Request, env: { KV: KvNamespace }): Promise<Response> {
    const skips = (await request.json()) as Skips;
    const sessions = await runContract(sessionContract, {
      makeInstances: (count) => Array.from({ length: count }, () => new KvSessionAdapter(env.KV)),
      skip: skips["sessions"] ?? {},
    });
    const clientRequests = await runContract(clientRequestContract, {
      makeInstances: (count) =>
        Array.from({ length: count }, () => new KvClientRequestAdapter(env.KV, { pollIntervalMs: 20 })),
      skip: skips["clientRequests"] ?? {},
    });
    return Response.json({ sessions: plain(sessions), clientRequests: plain(clientRequests) });
  },
};

/** Errors as their texts, as JSON has none. */
function plain({ passed, failed, skipped }: ContractReport): ContractReport {
  return { passed, failed: failed.map(({ name, error }) => ({ name, error: String(error) })), skipped };
}
