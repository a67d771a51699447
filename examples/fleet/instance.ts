import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("serve.ts", import.meta.url));

/** What all instances of a fleet have in common. */
export interface Shared {
  /** As `serve.ts` takes it. */
  readonly store: string;
  readonly secret: string;
  /** A file to which the bank's steps are written. */
  readonly ledger: string;
}

/** One process of the fleet, which can be killed and started again at the same address. */
export class Instance {
  readonly name: string;
  readonly #shared: Shared;
  #process: ChildProcess | undefined;
  #url: URL | undefined;

  /** Throws an Error with what the process wrote, when it ends before it serves. */
  static async start(name: string, shared: Shared): Promise<Instance> {
    const instance = new Instance(name, shared);
    await instance.start();
    return instance;
  }

  private constructor(name: string, shared: Shared) {
    this.name = name;
    this.#shared = shared;
  }

  get url(): URL {
    return this.#url as URL;
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  get lives(): boolean {
    return this.#process !== undefined;
  }

  async start(): Promise<void> {
    const { store, secret, ledger } = this.#shared;
    const child = spawn(process.execPath, [program, "--store", store, "--port", this.#url?.port ?? "0"], {
      env: { ...process.env, SECRET: secret, LEDGER: ledger },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    for await (const line of createInterface(child.stdout)) {
      const [, url] = /^Serving at (\S+),/.exec(line) ?? [];
      if (url === undefined) continue;
      this.#url = new URL(url);
      child.stdout.resume();
      return;
    }
    this.#process = undefined;
    throw new Error(`Instance ${this.name} ended before it served.\n${errors}`);
  }

  /** Ends it at once: it can neither finish nor say goodbye. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }
}
