import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "../../scripts/run.ts";
import { root } from "../../scripts/workspace.ts";

/** A test that cites requirements. */
export interface CitingTest {
  /** The file, relative to the repository's root, and the full title. */
  test: string;
  ids: string[];
}

/** The ids in a title: whatever has square brackets around it and two slashes or more within, and is no list of texts. */
export function idsIn(title: string): string[] {
  return [...title.matchAll(/\[([^\][\s"]+\/[^\][\s"]+\/[^\][\s"]+)\]/g)].flatMap(([, id]) => id ?? []);
}

/** Whether a file's tests may cite ids, at the price of a file too many: an id, or a bracket that is filled in. */
export function mayCite(source: string): boolean {
  return /\[[^\][\s]+\/[^\][\s]+\/[^\][\s]+\]|\[[$%]|\d{4}-\d\d-\d\d\/[a-z]/.test(source);
}

/**
 * The tests that cite ids, with the titles that vitest gives them: rows of `test.each` are filled in, and what is
 * skipped or commented out is not there.
 */
export async function citingTests(): Promise<CitingTest[]> {
  const files = await list("--filesOnly");
  const candidates = files.map(({ file }) => file).filter((file) => mayCite(readFileSync(file, "utf8")));
  if (candidates.length === 0) return [];
  const tests = await list("--no-static-parse", ...candidates);
  return tests
    .map(({ file, name }) => ({
      test: `${relative(root, file)} > ${name}`,
      ids: idsIn(name),
    }))
    .filter(({ ids }) => ids.length > 0);
}

async function list(...args: string[]): Promise<{ file: string; name: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-titles-"));
  try {
    const output = join(folder, "list.json");
    const listed = await run("vitest", ["list", ...args, `--json=${output}`]);
    if (listed.code !== 0) {
      throw new Error(`vitest could not list the tests; run them first.\n${listed.stdout}${listed.stderr}`);
    }
    return JSON.parse(readFileSync(output, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
