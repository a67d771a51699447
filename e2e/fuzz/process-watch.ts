import { fault } from "./fault.ts";

/** Hears of what nobody caught, in this process. */
export class ProcessWatch {
  readonly #heard: string[] = [];

  constructor() {
    const hear = (what: string) => (error: unknown) => {
      this.#heard.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    process.on("uncaughtException", hear("An uncaught exception"));
    process.on("unhandledRejection", hear("An unhandled rejection"));
    process.on("warning", hear("A warning of the process"));
  }

  check(): void {
    const [first] = this.#heard.splice(0);
    if (first !== undefined) fault(first);
  }
}
