import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../scripts/run.ts";
import { type Check, judge, type Verdict } from "./verdict.ts";

const TIMEOUT_MS = 180_000;

const require = createRequire(import.meta.url);

/** The official conformance suite's program. */
export const program = (() => {
  const manifest = require.resolve("@modelcontextprotocol/conformance/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: { conformance: string } };
  return join(dirname(manifest), bin.conformance);
})();

/**
 * Runs every scenario that the suite has for servers of a revision, those that it calls pending too, against
 * the server at `url`. Scenarios of extensions belong to no revision and are not among them.
 */
export function runSuite(url: string, revision: string): Promise<Verdict[]> {
  return runScenarios(url, ["--suite", "all", "--spec-version", revision]);
}

/** The names of all scenarios that the suite has for servers. */
export async function serverScenarios(): Promise<string[]> {
  const { stdout } = await run("node", [program, "list", "--server"], { timeout: TIMEOUT_MS });
  return [...stdout.matchAll(/^ {2}- (\S+) /gm)].map(([, name = ""]) => name);
}

/** Runs one scenario, of the suite's own choice of revision. */
export async function runScenario(url: string, scenario: string): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-conformance-"));
  try {
    const options = ["--url", url, "--scenario", scenario, "--output-dir", folder];
    await run("node", [program, "server", ...options], { timeout: TIMEOUT_MS });
    return judge(scenario, readResults(folder).get(scenario));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runScenarios(url: string, choice: readonly string[]): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-conformance-"));
  try {
    const options = ["--url", url, ...choice, "--output-dir", folder];
    const { stdout, stderr } = await run("node", [program, "server", ...options], { timeout: TIMEOUT_MS });
    const scenarios = [...stdout.matchAll(/^=== Running scenario: (.+) ===$/gm)].map(([, name = ""]) => name);
    if (scenarios.length === 0) throw new Error(`The conformance suite ran nothing.\n${stdout}${stderr}`);
    const results = readResults(folder);
    return scenarios.map((scenario) => judge(scenario, results.get(scenario)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the suite wrote, by scenario: `server-<scenario>-<time>/checks.json`, for clients without `server-`. */
export function readResults(folder: string): Map<string, Check[]> {
  const results = new Map<string, Check[]>();
  for (const name of readdirSync(folder)) {
    const [, scenario] = /^(?:server-)?(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$/.exec(name) ?? [];
    const file = join(folder, name, "checks.json");
    if (scenario !== undefined && existsSync(file))
      results.set(scenario, JSON.parse(readFileSync(file, "utf8")));
  }
  return results;
}
