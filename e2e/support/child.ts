import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program of this repository, running by itself. */
export class Child {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  /** @param file from the repository's root */
  constructor(file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.#process = spawn(process.execPath, [file, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#closed = once(this.#process, "close");
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Waits until its standard output matches. */
  async says(what: RegExp): Promise<RegExpExecArray> {
    const ended = this.#closed.then(() => true);
    for (;;) {
      const match = what.exec(this.#stdout);
      if (match !== null) return match;
      const more = once(this.#process.stdout as NonNullable<ChildProcess["stdout"]>, "data").then(
        () => false,
      );
      if (await Promise.race([ended, more])) {
        throw new Error(`Expected ${what}, but the program ended.\n${this.#stdout}${this.#stderr}`);
      }
    }
  }

  closeInput(): void {
    this.#process.stdin?.end();
  }

  /** The signal that has ended it, if one has. */
  get signal(): NodeJS.Signals | null {
    return this.#process.signalCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits until it has ended by itself. */
  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }

  /** Asks it to end, and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#process.kill(signal);
    return this.exitCode();
  }
}
