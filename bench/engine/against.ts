import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBuild } from "./build.ts";
import { root } from "./folders.ts";
import type { Contestant } from "./types.ts";

/** Builds the library of another commit, and today's servers upon it. */
export async function buildOther(ref: string): Promise<Contestant> {
  const commit = commitOf(ref);
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const tree = join(folder, "tree");
  git("worktree", "add", "--detach", tree, commit);
  try {
    install(tree);
    execFileSync("npm", ["run", "--silent", "build"], { cwd: tree, stdio: ["ignore", "ignore", "inherit"] });
    const build = await makeBuild(commit, `${tree}/packages/slipway`);
    return { name: `slipway@${ref}`, version: commit, folder: build.folderOf("slipway") };
  } finally {
    git("worktree", "remove", "--force", tree);
    rmSync(folder, { recursive: true });
  }
}

function commitOf(ref: string): string {
  try {
    return git("rev-parse", "--short", "--verify", "--end-of-options", `${ref}^{commit}`);
  } catch {
    throw new Error(
      `--against takes a commit of this repository, a branch or a tag, got ${JSON.stringify(ref)}. ` +
        "If it is on the server alone, run `git fetch` first.",
    );
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** Where both commits need the same packages, those that are installed here serve the other too. */
function install(tree: string): void {
  const lock = "package-lock.json";
  if (readFileSync(`${tree}/${lock}`, "utf8") === readFileSync(`${root}/${lock}`, "utf8")) {
    symlinkSync(`${root}/node_modules`, `${tree}/node_modules`);
  } else {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: tree,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}
