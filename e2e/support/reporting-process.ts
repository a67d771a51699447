import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A program in a process of its own that does as it is told, and reports after each command what it holds. */
export class ReportingProcess<Hello, Command extends object, Report> {
  /** What it said when it was ready. */
  readonly hello: Hello;
  /** What it has written to its standard error since it was ready. */
  log = "";
  readonly #child: ChildProcess;

  /**
   * @param program runs with `--expose-gc`
   * @param heapMiB how large its heap may become before it ends
   */
  static async start<Hello, Command extends object, Report>(program: URL, heapMiB?: number) {
    const heap = heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`];
    const child = fork(program, {
      execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning", ...heap],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`Expected ${program.pathname} to say that it is ready; it ended with ${code}.`);
    });
    ended.catch(() => {});
    const [hello] = await Promise.race([once(child, "message"), ended]);
    return new ReportingProcess<Hello, Command, Report>(child, hello as Hello);
  }

  private constructor(child: ChildProcess, hello: Hello) {
    this.#child = child;
    this.hello = hello;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  /** Has the program do something, and gives what it holds then. One at a time. */
  perform(command: Command): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#child.removeAllListeners("message").once("message", resolve);
      this.#child
        .removeAllListeners("exit")
        .once("exit", () => reject(new Error(`The program has ended.\n${this.log}`)));
      this.#child.send(command);
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
