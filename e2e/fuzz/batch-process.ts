import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { BatchResult } from "./batch.ts";
import { CaseNote } from "./case-note.ts";
import type { BatchPlan } from "./plan.ts";
import type { WorkerSettings } from "./worker.ts";

export interface ProcessOptions extends WorkerSettings {
  /** A process that begins no other case for so long hangs, in milliseconds. Default: 120,000. */
  readonly hangsAfterMs?: number | undefined;
}

/** A case that waits says so itself, sooner. */
const HANGS_AFTER_MS = 120_000;
/** Looked at so often, and counted in looks: on a machine that has no time for anybody nothing hangs. */
const LOOK_MS = 1_000;
/** How many characters are told of what a process wrote before it died. */
const LAST_WORDS = 4_000;

interface End {
  /** Of what, in words. */
  readonly what: string;
  /** The case that ran. */
  readonly one: unknown;
}

/** Runs batches in a process of its own, so that what a case does to its engine is done to nobody else. */
export class BatchProcess {
  /** Whether it came to an end that was told as a finding. */
  over = false;
  #alive = true;
  readonly #child: ChildProcess;
  readonly #note = new CaseNote();
  readonly #hangsAfterMs: number;
  readonly #ready: Promise<unknown>;
  readonly #ended: Promise<End>;

  constructor({ mutant, shrinkingMs, hangsAfterMs = HANGS_AFTER_MS }: ProcessOptions) {
    this.#hangsAfterMs = hangsAfterMs;
    const settings: WorkerSettings = { mutant, shrinkingMs };
    this.#child = fork(new URL("worker.ts", import.meta.url), [JSON.stringify(settings)], {
      // Not those of the test runner.
      execArgv: [],
      stdio: ["ignore", "inherit", "pipe", "ipc", this.#note.fd],
    });
    this.#ready = once(this.#child, "message");
    this.#ended = this.#awaitEnd();
  }

  async run(batch: BatchPlan): Promise<BatchResult> {
    // To be loaded takes the time that it takes.
    await Promise.race([this.#ready, this.#ended]);
    const result = this.#alive ? await this.#answer(batch) : undefined;
    if (result !== undefined) return result;
    this.over = true;
    const hangs = this.#alive;
    const { what, one } = await this.end();
    const finding = { ...batch, what: hangs ? "The process hangs" : what, ...(one !== undefined && { one }) };
    return { cases: batch.cases, findings: [finding] };
  }

  /** None from a process that hangs or ends. */
  async #answer(batch: BatchPlan): Promise<BatchResult | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<BatchResult | undefined>((resolve) => {
      let [last, looks] = [this.#note.begun, 0];
      timer = setInterval(() => {
        const { begun } = this.#note;
        looks = begun === last ? looks + 1 : 0;
        last = begun;
        if (looks * LOOK_MS >= this.#hangsAfterMs) resolve(undefined);
      }, LOOK_MS);
      this.#child.once("message", resolve);
      void this.#ended.then(() => resolve(undefined));
    });
    // Whoever cannot take it has ended, which is heard.
    this.#child.send(batch, () => {});
    try {
      return await answer;
    } finally {
      clearInterval(timer);
    }
  }

  /** Whoever brings the end about. */
  async #awaitEnd(): Promise<End> {
    let words = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-LAST_WORDS);
    });
    const [code, signal] = await once(this.#child, "close");
    this.#alive = false;
    const { one } = this.#note;
    this.#note.close();
    const how = signal === null ? `ended with code ${code}` : `died of ${signal}`;
    return { what: `The process ${how}\n${words}`.trimEnd(), one };
  }

  end(): Promise<End> {
    this.#child.kill("SIGKILL");
    return this.#ended;
  }
}
