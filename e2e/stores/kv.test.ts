import { type ContractReport, clientRequestContract, sessionContract } from "slipway/testing";
import { expect, test } from "vitest";
import { kvWorkers, sendTo } from "../support/workers.ts";
import { printed } from "./report.ts";

const NO_ATOMIC_STEP = "KV has no step that only one of several can do";

const skips = {
  clientRequests: {
    "of many answers at once one is taken, and that one arrives": NO_ATOMIC_STEP,
    "of answers and refusals at once one is taken, and the wait ends by it": NO_ATOMIC_STEP,
  },
};

test("the adapters for Workers KV keep what KV can carry of their contracts, in workerd", async () => {
  const workers = await kvWorkers("../stores/kv-contract.ts", ["contract"]);
  try {
    const request = new Request("http://contract.example/", { method: "POST", body: JSON.stringify(skips) });
    const response = await sendTo(workers, "contract", request);
    const reports = (await response.json()) as { [port: string]: ContractReport };
    for (const [port, cases, passed] of [
      ["sessions", sessionContract, 35],
      ["clientRequests", clientRequestContract, 12],
    ] as const) {
      const report = reports[port] as ContractReport;
      printed(`KV, ${port}`, report);
      expect(report.failed).toEqual([]);
      expect(report.passed).toHaveLength(passed);
      expect(report.passed.length + report.skipped.length).toBe(cases.length);
    }
  } finally {
    await workers.dispose();
  }
}, 120_000);
