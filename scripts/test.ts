// Everything that has to hold before a commit, in one command. A failed step does not stop the ones after it.
// The last line counts the tests, and each other step as one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, run } from "./run.ts";
import { type Counts, countTests } from "./vitest-counts.ts";

interface Result extends Counts {
  output: Finished;
  /** What is worth a word in the summary. */
  detail?: string;
}

type Step = [name: string, perform: () => Promise<Result>];

function command(name: string, program: string, args: string[]): Step {
  return [
    name,
    async () => {
      const output = await run(program, args);
      const ok = output.code === 0;
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, output };
    },
  ];
}

/** One of this folder's own scripts; the last line that it prints says how it went. */
function script(name: string, file: string): Step {
  const [, perform] = command(name, "node", [`scripts/${file}`]);
  return [
    name,
    async () => {
      const result = await perform();
      return { ...result, detail: result.output.stdout.trimEnd().split("\n").at(-1) };
    },
  ];
}

function tests(project: string): Step {
  return [
    `tests: ${project}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "slipway-test-"));
      try {
        const report = join(folder, "report.json");
        const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
        const output = await run("vitest", ["run", "--project", project, "--allowOnly=false", ...reporters]);
        const counts = countTests(readJson(report), output.code);
        const { passed, failed, skipped } = counts;
        return { ...counts, output, detail: `${passed} passed, ${failed} failed, ${skipped} skipped` };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  ];
}

function readJson(path: string) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

const steps: Step[] = [
  command("format and lint", "npm", ["run", "--silent", "check"]),
  script("layering", "layering.ts"),
  command("types: core, without Node's", "tsc", ["-p", "packages/slipway/tsconfig.core.json"]),
  command("types: package and its tests", "tsc", ["-p", "packages/slipway"]),
  script("build", "build.ts"),
  command("types: scripts, e2e, examples", "tsc", ["-p", "."]),
  tests("unit"),
  tests("e2e"),
  script("documentation", "docs.ts"),
  script("package", "pack.ts"),
  script("size", "size.ts"),
  command("unused code", "knip", []),
];

let passed = 0;
let failed = 0;
for (const [name, perform] of steps) {
  const start = performance.now();
  const result = await perform();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const ok = result.failed === 0;
  passed += result.passed;
  failed += result.failed;
  if (!ok) console.log(result.output.stdout + result.output.stderr);
  console.log(`${ok ? "ok  " : "FAIL"}  ${name}  ${seconds} s${result.detail ? `  (${result.detail})` : ""}`);
}
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
