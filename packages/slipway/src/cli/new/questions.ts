import { createInterface, type Interface } from "node:readline/promises";
import { Failure } from "../command.ts";
import type { Io } from "../io.ts";

/** Asks on the terminal until there is an answer that will do. */
export class Questions {
  readonly #lines: Interface;
  readonly #io: Io;
  readonly #gone = new AbortController();

  constructor(io: Io) {
    this.#io = io;
    this.#lines = createInterface({ input: io.stdin, output: io.stderr });
    this.#lines.on("SIGINT", () => this.#gone.abort());
    this.#lines.on("close", () => this.#gone.abort());
  }

  /** @param problemOf says what is wrong with an answer */
  async text(question: string, problemOf: (answer: string) => string | undefined): Promise<string> {
    for (;;) {
      const answer = await this.#ask(`${question} `);
      const problem = problemOf(answer);
      if (problem === undefined) return answer;
      this.#io.note(this.#io.errorStyle.yellow(problem));
    }
  }

  /** @param choices by what is to be typed; the first one for nothing typed */
  async choice<T extends string>(question: string, choices: { readonly [K in T]: string }): Promise<T> {
    const names = Object.keys(choices) as T[];
    const [first] = names as [T];
    for (const name of names) this.#io.note(`  ${name.padEnd(6)} ${this.#io.errorStyle.dim(choices[name])}`);
    const given = await this.text(`${question} (${first})`, (answer) =>
      answer === "" || names.includes(answer as T)
        ? undefined
        : `Expected ${names.join(" or ")}, got "${answer}".`,
    );
    return (given || first) as T;
  }

  close(): void {
    this.#lines.close();
  }

  async #ask(question: string): Promise<string> {
    try {
      const { bold } = this.#io.errorStyle;
      return (await this.#lines.question(bold(question), { signal: this.#gone.signal })).trim();
    } catch (error) {
      if (this.#gone.signal.aborted) throw new Failure("Nothing was made.");
      throw error;
    }
  }
}
