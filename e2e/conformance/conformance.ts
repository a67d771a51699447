import { type Binding, startFixture } from "./fixture.ts";
import { runScenario, runSuite } from "./suite.ts";
import type { Verdict } from "./verdict.ts";

/** How many scenarios the suite has for servers of each revision. */
export const SCENARIOS = { "2025-06-18": 27, "2025-11-25": 33, "2026-07-28": 40 } as const;

/**
 * Scenarios of the extension `io.modelcontextprotocol/tasks`. The suite has one more, `tasks-status-notifications`, in
 * which it looks at nothing yet.
 */
export const TASK_SCENARIOS = [
  "tasks-lifecycle",
  "tasks-capability-negotiation",
  "tasks-wire-fields",
  "tasks-request-state-removal",
  "tasks-mrtr-input",
  "tasks-request-headers",
  "tasks-dispatch-and-envelope",
  "tasks-required-task-error",
  "tasks-mrtr-composition",
] as const;

export interface Report {
  readonly revision: keyof typeof SCENARIOS;
  readonly verdicts: readonly Verdict[];
  readonly seconds: number;
  /** What the server wrote to stderr meanwhile. */
  readonly stderr: string;
}

/** Runs the official conformance suite against the everything server, one revision after the other. */
export async function runConformance(binding: Binding): Promise<Report[]> {
  const reports: Report[] = [];
  for (const revision of Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[]) {
    reports.push(await runRevision(binding, revision));
  }
  return reports;
}

/** Runs the scenarios of the tasks extension against the everything server. */
export async function runTaskScenarios(binding: Binding): Promise<Verdict[]> {
  const fixture = await startFixture(binding);
  try {
    const verdicts: Verdict[] = [];
    for (const scenario of TASK_SCENARIOS) verdicts.push(await runScenario(fixture.url, scenario));
    return verdicts;
  } finally {
    await fixture.stop();
  }
}

async function runRevision(binding: Binding, revision: keyof typeof SCENARIOS): Promise<Report> {
  const start = performance.now();
  const fixture = await startFixture(binding);
  try {
    const verdicts = await runSuite(fixture.url, revision);
    const seconds = (performance.now() - start) / 1000;
    return { revision, verdicts, seconds, stderr: fixture.stderr() };
  } finally {
    await fixture.stop();
  }
}

export function isConformant({ revision, verdicts }: Report): boolean {
  const all = verdicts.length === SCENARIOS[revision];
  return all && verdicts.every(holds);
}

export function holds({ passed, exercised }: Verdict): boolean {
  return passed && exercised;
}
