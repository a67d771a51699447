import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../scripts/run.ts";
import { program, readResults } from "./suite.ts";
import { type Check, judge, type Verdict } from "./verdict.ts";

const TIMEOUT_MS = 60_000;

/** How many scenarios are run at once: they wait for each other's processes more than they work. */
const AT_ONCE = 3;

/** The suite's scenarios for clients that are not about authorization, nor of an extension. */
export const CLIENT_SCENARIOS = {
  "2025-06-18": ["initialize", "tools_call"],
  "2025-11-25": [
    "initialize",
    "tools_call",
    "elicitation-sep1034-client-defaults",
    "sse-retry",
    "json-schema-2020-12-preservation",
  ],
  "2026-07-28": [
    "tools_call",
    "request-metadata",
    "sep-2322-client-request-state",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
    "json-schema-2020-12-preservation",
  ],
} as const;

/** Checks that are skipped for every client of 2026-07-28, since that revision has no such methods. */
const OF_ANOTHER_REVISION = new Set([
  "ClientMcpMethodHeader_initialize",
  "ClientMcpMethodHeader_notifications_initialized",
]);

export interface ClientReport {
  readonly revision: string;
  readonly verdict: Verdict;
}

/** Runs the suite's scenarios against the client, each in processes of its own. */
export async function runClientScenarios(): Promise<ClientReport[]> {
  const todo = Object.entries(CLIENT_SCENARIOS).flatMap(([revision, scenarios]) =>
    scenarios.map((scenario) => ({ revision, scenario })),
  );
  const reports = new Map<object, ClientReport>();
  const rest = [...todo];
  const work = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      reports.set(next, { revision: next.revision, verdict: await runOne(next.scenario, next.revision) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return todo.map((one) => reports.get(one) as ClientReport);
}

async function runOne(scenario: string, revision: string): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-conformance-"));
  try {
    const options = ["--scenario", scenario, "--spec-version", revision, "--output-dir", folder];
    const command = `${process.execPath} e2e/conformance/client.ts`;
    const { code, stdout, stderr } = await run(
      "node",
      [program, "client", "--command", command, ...options],
      {
        timeout: TIMEOUT_MS,
      },
    );
    const checks = readResults(folder).get(scenario)?.filter(isOfThisRevision);
    const verdict = judge(scenario, checks);
    if (code === 0) return verdict;
    const problems = [...verdict.problems, `${scenario}: the suite ended with ${code}\n${stdout}${stderr}`];
    return { ...verdict, passed: false, problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isOfThisRevision({ status, name }: Check): boolean {
  return status !== "SKIPPED" || !OF_ANOTHER_REVISION.has(name ?? "");
}

/** All scenarios of the suite for clients, with their revisions, as it lists them. */
export async function listClientScenarios(): Promise<{ name: string; revisions: string[] }[]> {
  const { stdout } = await run("node", [program, "list", "--client"], { timeout: TIMEOUT_MS });
  return [...stdout.matchAll(/^ {2}- (\S+) \[(.+)\]$/gm)].map(([, name = "", revisions = ""]) => ({
    name,
    revisions: revisions.split(","),
  }));
}
