import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { generator } from "../load/http.ts";
import { keepAwake } from "./awake.ts";
import { root } from "./folders.ts";
import { canPin } from "./process.ts";
import type { Circumstances } from "./results.ts";
import type { Settings } from "./types.ts";

/** The commit that is checked out in a folder; with a `+` when files differ from it. */
function commitOf(folder: string): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", "packages", "bench") !== "";
  return git("rev-parse", "--short", "HEAD") + (changed ? "+" : "");
}

/** Whether no core sleeps as long as this process lives. */
const awake = keepAwake();

export function circumstances({ runs, seconds }: Settings): Circumstances {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    commit: commitOf(root),
    node: process.versions.node,
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    generator,
    pinned: canPin,
    awake,
    runs,
    seconds,
  };
}
