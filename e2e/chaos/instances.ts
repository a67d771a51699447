import { Child } from "../support/child.ts";
import { freePort } from "../support/free-port.ts";

/** A process that serves, and serves again after its death, at the same address. */
export class Instance {
  readonly url: string;
  readonly #port: number;
  readonly #args: readonly string[];
  /** What its processes wrote that ended by themselves. */
  readonly faults: string[] = [];
  #child: Child | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.#port = port;
    this.#args = args;
    this.url = `http://127.0.0.1:${port}/mcp`;
  }

  static async start(args: readonly string[]): Promise<Instance> {
    const instance = new Instance(await freePort(), args);
    await instance.start();
    return instance;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const child = new Child("e2e/chaos/server.ts", ["--port", String(this.#port), ...this.#args]);
    this.#child = child;
    void child.exitCode().then(() => {
      if (this.#child === child) this.faults.push(child.stderr.slice(0, 2_000));
    });
    await child.says(/Serving at/);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Asks it to end, as a rolling restart does.
   * @param asked called when it was
   * @returns how long that took, in milliseconds, and the exit code
   */
  async drain(asked: () => void): Promise<{ ms: number; code: number | null }> {
    const child = this.#child;
    this.#child = undefined;
    const begun = performance.now();
    const ended = child?.stop("SIGTERM");
    asked();
    const code = (await ended) ?? null;
    return { ms: performance.now() - begun, code };
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.stop("SIGKILL");
  }
}
