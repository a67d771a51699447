import { fileURLToPath } from "node:url";
import { Child } from "../support/child.ts";

/** A server of another library, as the command line names it. */
export interface Foreign {
  /** Its address; nothing for a program. */
  readonly before: readonly string[];
  /** The program, which stands last. */
  readonly after: readonly string[];
  stop(): Promise<unknown>;
}

/** Starts a server of `support/foreign` over HTTP or HTTP+SSE; over stdio the command does that. */
export async function startForeign(library: string, transport: string): Promise<Foreign> {
  const path = `support/foreign/${library}.ts`;
  if (transport === "stdio") {
    const program = fileURLToPath(new URL(`../${path}`, import.meta.url));
    return { before: [], after: ["--", process.execPath, program, "--stdio"], stop: async () => {} };
  }
  const child = new Child(`e2e/${path}`, [`--${transport}`]);
  const [url] = await child.says(/http:\S+/);
  return { before: [url], after: [], stop: async () => child.stop() };
}
