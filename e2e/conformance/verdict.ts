/** One line of what the suite writes about a scenario. */
export interface Check {
  id: string;
  name?: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  errorMessage?: string;
  details?: { [key: string]: unknown };
}

export interface Verdict {
  readonly scenario: string;
  /** How many checks ended in success. */
  readonly successes: number;
  /** Nothing failed, and nothing is warned of. */
  readonly passed: boolean;
  /** Something of the scenario's own was seen to work, and nothing of it was left out. */
  readonly exercised: boolean;
  /** What went wrong or was left out, one line each. */
  readonly problems: readonly string[];
}

/** The suite adds it to every scenario: the messages that went by were well-formed, whatever they said. */
const WELL_FORMED = "wire-schema-valid";

/** @param checks what the suite wrote; undefined when it wrote nothing */
export function judge(scenario: string, checks: readonly Check[] | undefined): Verdict {
  if (checks === undefined) {
    const problems = [`${scenario}: the suite wrote no results`];
    return { scenario, successes: 0, passed: false, exercised: false, problems };
  }
  const wrong = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  const leftOut = checks.filter(
    (check) => check.status === "SKIPPED" || check.details?.["untestable"] === true,
  );
  const succeeded = checks.filter(({ status }) => status === "SUCCESS");
  const seen = succeeded.some(({ id }) => id !== WELL_FORMED);
  return {
    scenario,
    successes: succeeded.length,
    passed: wrong.length === 0,
    exercised: seen && leftOut.length === 0,
    problems: [
      ...[...new Set([...wrong, ...leftOut])].map((check) => `${scenario}: ${describe(check)}`),
      ...(seen ? [] : [`${scenario}: no check of its own succeeded`]),
    ],
  };
}

function describe({ id, status, errorMessage, details }: Check): string {
  return `${status} ${id}: ${errorMessage ?? JSON.stringify(details ?? {})}`;
}
