import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { root } from "./workspace.ts";

export interface Finished {
  /** The exit code; 1 where a signal ended the program. */
  code: number;
  stdout: string;
  stderr: string;
}

interface RunOptions {
  /** The working folder; the repository's root unless given. */
  cwd?: string;
  /** After how many milliseconds the program is ended. */
  timeout?: number;
}

/** Runs a program of the workspace (`node_modules/.bin` comes first on the path) and keeps what it prints. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, PATH: `${root}/node_modules/.bin${delimiter}${process.env.PATH}` },
    timeout: options.timeout,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
