import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished, test } from "vitest";
import { type Entry, entries, preamble, says } from "./page.ts";
import { evaluate, isCondition } from "./promql.ts";
import { type Scrape, scrape, together } from "./scrape.ts";

/** The command of the built package. */
const CLI = fileURLToPath(new URL("../../packages/slipway/dist/cli/bin.js", import.meta.url));

/** A server that is looked at: where it is, and what it has logged. */
export interface Site {
  readonly url: string;
  readonly log: readonly string[];
}

/** How long the metrics and the log may take to say what has happened, in milliseconds. */
const PATIENCE_MS = 20_000;

/** For a machine on which all tests run at once. */
const TIMEOUT_MS = 120_000;

/**
 * Tries an entry of docs/symptoms.md: the symptom shows as the page says, and is gone with the remedy. What clients see, the
 * conditions over the metrics, the messages of the log and the commands are those of the page.
 */
export function symptom(heading: string, run: (trial: SymptomTrial) => Promise<void>): void {
  test(
    heading,
    async () => {
      const entry = entries.get(heading);
      if (entry === undefined) throw new Error(`docs/symptoms.md has no entry "${heading}".`);
      const trial = new SymptomTrial(entry);
      await run(trial);
      trial.finish();
    },
    TIMEOUT_MS,
  );
}

export class SymptomTrial {
  readonly #entry: Entry;
  #seen: string[] = [];
  readonly #values = new Map<string, number>();
  #tried = 0;
  #shown = false;
  #gone = false;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  /** A client says something, or throws it. */
  saw(what: unknown): void {
    this.witness()(what);
  }

  /** Hears what a client of now says, also later: what a client of the broken server says does not count after that. */
  witness(): (what: unknown) => void {
    const seen = this.#seen;
    return (what) => void seen.push(what instanceof Error ? messageOf(what) : String(what));
  }

  /** Runs what fails, and notes what its client says. */
  async fails(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.saw(error);
      return;
    }
    throw new Error("This should have failed for the client.");
  }

  /** The symptom shows where and while this runs; what it needs to be seen may come a little later. */
  async shows(where: Site | readonly Site[], run: () => Promise<unknown>): Promise<void> {
    const sites = "url" in where ? [where] : where;
    const { seen, metrics, named, logs } = this.#entry;
    const watch = new Watch(sites);
    await watch.begin();
    const missing = (): string[] => [
      ...seen
        .filter((said) => !this.#seen.some((heard) => says(heard, said)))
        .map((said) => `client: ${said}`),
      ...metrics.filter((metric) => !this.#rises(metric, watch)).map((metric) => `metric: ${metric}`),
      ...named.filter((name) => !watch.knows(name)).map((name) => `metric: ${name}`),
      ...logs.filter((said) => !watch.logged(said)).map((said) => `log: ${said}`),
    ];
    await watch.during(run);
    const deadline = performance.now() + PATIENCE_MS;
    while (missing().length > 0) {
      if (performance.now() > deadline) {
        const heard = [
          ...this.#seen.map((line) => `client: ${line}`),
          ...watch.lines.map((line) => `log: ${line}`),
        ];
        throw new Error(
          `The page says, and it was not so:\n${missing().join("\n")}\nThere was:\n${heard.join("\n")}`,
        );
      }
      await watch.look();
    }
    for (const metric of metrics) this.#values.set(metric, watch.highest(metric));
    this.#shown = true;
  }

  /** The symptom does not show where and while this runs. */
  async isGone(where: Site | readonly Site[], run: () => Promise<unknown>): Promise<void> {
    const sites = "url" in where ? [where] : where;
    const { seen, metrics, logs } = this.#entry;
    this.#seen = [];
    const watch = new Watch(sites);
    await watch.begin();
    await watch.during(run);
    await watch.look();
    const there = [
      ...seen
        .filter((said) => this.#seen.some((heard) => says(heard, said)))
        .map((said) => `client: ${said}`),
      ...metrics.filter((metric) => this.#persists(metric, watch)).map((metric) => `metric: ${metric}`),
      ...logs.filter((said) => watch.logged(said)).map((said) => `log: ${said}`),
    ];
    if (there.length > 0) throw new Error(`In spite of the remedy:\n${there.join("\n")}`);
    this.#gone = true;
  }

  /** Runs the commands that the page gives, which print what it says. */
  async byHand(env: { [name: string]: string }): Promise<void> {
    for (const { command, prints } of this.#entry.trials) {
      const printed = await this.shell(command, env);
      this.saw(printed);
      const missing = prints.filter((said) => !says(printed, said));
      if (missing.length > 0) throw new Error(`${command} printed no ${missing.join(", ")}:\n${printed}`);
      this.#tried++;
    }
  }

  /** Runs a command with what the page sets before its first. */
  shell(command: string, env: { [name: string]: string }): Promise<string> {
    // Where the reader's server is, is set there; here it is another.
    const functions = preamble.replaceAll(/^URL=.*$/gm, "");
    const slipway = `slipway() { "${process.execPath}" "${CLI}" "$@"; }`;
    const child = spawn("bash", ["-c", `${functions}\n${slipway}\n${command} 2>&1`], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill());
    return text(child.stdout);
  }

  finish(): void {
    if (!this.#shown || !this.#gone) throw new Error("A test sees the symptom, and sees it gone.");
    if (this.#tried < this.#entry.trials.length)
      throw new Error("The page gives commands that were not tried.");
  }

  #rises(metric: string, watch: Watch): boolean {
    return isCondition(metric) ? watch.highest(metric) === 1 : watch.highest(metric) > 0;
  }

  #persists(metric: string, watch: Watch): boolean {
    if (isCondition(metric)) return watch.highest(metric) === 1;
    return !(watch.highest(metric) < (this.#values.get(metric) ?? 0));
  }
}

/** What sites say while something happens. */
class Watch {
  readonly #sites: readonly Site[];
  readonly #from: readonly number[];
  #before: Scrape | undefined;
  readonly #scrapes: Scrape[] = [];

  constructor(sites: readonly Site[]) {
    this.#sites = sites;
    this.#from = sites.map(({ log }) => log.length);
  }

  async begin(): Promise<void> {
    this.#before = await this.#scrape();
  }

  async during(run: () => Promise<unknown>): Promise<void> {
    let running = true;
    const looking = (async () => {
      while (running) await this.look();
    })();
    try {
      await run();
    } finally {
      running = false;
      await looking;
    }
  }

  async look(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 40));
    this.#scrapes.push(await this.#scrape());
  }

  get lines(): readonly string[] {
    return this.#sites.flatMap(({ log }, index) => log.slice(this.#from[index]));
  }

  logged(said: string): boolean {
    return this.lines.some((line) => says(line, said));
  }

  knows(metric: string): boolean {
    return this.#scrapes.some(({ names }) => names.has(metric));
  }

  /** The highest value at any time since the beginning. */
  highest(metric: string): number {
    const values = this.#scrapes.map((_, index) =>
      evaluate(metric, this.#before as Scrape, this.#scrapes.slice(0, index + 1)),
    );
    return Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
  }

  /** Instances that have died say nothing any more, and what they said last counts. */
  async #scrape(): Promise<Scrape> {
    const last = this.#last;
    const scrapes = await Promise.all(
      this.#sites.map(async ({ url }) => {
        const found = await scrape(url).catch(() => last.get(url));
        if (found !== undefined) last.set(url, found);
        return found;
      }),
    );
    return together(scrapes.filter((found) => found !== undefined));
  }

  readonly #last = new Map<string, Scrape>();
}

/** Also what a client's error was caused by. */
function messageOf(error: Error): string {
  const { cause } = error;
  return `${error}${cause instanceof Error ? ` (${messageOf(cause)})` : ""}`;
}
