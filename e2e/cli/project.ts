import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built `slipway` command, for `node`. */
export const SLIPWAY = join(root, "packages/slipway/dist/cli/bin.js");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project of a user's: a folder of its own with files in it, in which the library and zod are installed. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-cli-"));

  constructor(files: { readonly [path: string]: string } = {}) {
    for (const [path, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files }))
      this.write(path, text);
    mkdirSync(join(this.folder, "node_modules"));
    for (const name of ["slipway", "zod"]) {
      symlinkSync(join(root, "node_modules", name), join(this.folder, "node_modules", name));
    }
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs `slipway` here to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.start(args, options).finished;
  }

  /** Starts `slipway` here. */
  start(
    args: readonly string[],
    { env = {}, input = "", node = process.execPath }: RunOptions = {},
  ): Running {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
    const child = spawn(node, [SLIPWAY, ...args], { cwd: this.folder, env: { ...inherited, ...env } });
    child.stdin.end(input);
    return new Running(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** The Node that runs it. */
  readonly node?: string;
}

/** A `slipway` that is at work. */
export class Running {
  readonly finished: Promise<Finished>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.finished = once(child, "close").then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Waits until it has said so on one of its streams. */
  async says(what: RegExp, stream: "stdout" | "stderr" = "stderr"): Promise<RegExpExecArray> {
    let ended = false;
    void this.finished.then(() => {
      ended = true;
    });
    for (;;) {
      const match = what.exec(this[stream]);
      if (match !== null) return match;
      if (ended) throw new Error(`Expected ${what}, but it has ended.\n${this.stdout}${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and waits until it has. */
  stop(): Promise<Finished> {
    this.signal("SIGTERM");
    return this.finished;
  }
}
