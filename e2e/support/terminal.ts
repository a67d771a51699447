import { type IPty, spawn } from "@lydell/node-pty";

/** A program at whose terminal a test sits: of 100 columns. */
export class Terminal {
  readonly #process: IPty;
  readonly #ended: Promise<number>;
  /** All that was shown, with what the terminal echoed of the typing. */
  screen = "";
  #seen = 0;
  #exitCode: number | undefined;
  #wake = () => {};

  constructor(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    cwd: string = process.cwd(),
  ) {
    this.#process = spawn(command, [...args], {
      name: "xterm",
      cols: 100,
      rows: 40,
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    this.#process.onData((text) => {
      this.screen += text.replaceAll("\r\n", "\n");
      this.#wake();
    });
    this.#ended = new Promise((resolve) => {
      this.#process.onExit(({ exitCode, signal = 0 }) => {
        this.#exitCode = signal === 0 ? exitCode : 128 + signal;
        this.#wake();
        resolve(this.#exitCode);
      });
    });
  }

  /** Waits until it shows something that it has not shown before. */
  async shows(what: RegExp): Promise<void> {
    for (;;) {
      const match = what.exec(this.screen.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return;
      }
      if (this.#exitCode !== undefined) throw new Error(`Expected ${what}, and it ended:\n${this.screen}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  type(text: string): void {
    this.#process.write(text);
  }

  /** Types an answer once something is shown. */
  async answer(what: RegExp, text: string): Promise<void> {
    await this.shows(what);
    this.type(`${text}\n`);
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.type("\u0003");
  }

  /** Waits until it has ended by itself; of one that a signal ended, 128 and its number. */
  exitCode(): Promise<number> {
    return this.#ended;
  }

  end(): void {
    if (this.#exitCode === undefined) this.#process.kill("SIGKILL");
  }
}
