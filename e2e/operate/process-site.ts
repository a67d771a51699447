import { onTestFinished } from "vitest";
import { Child } from "../support/child.ts";
import type { Site } from "./symptom.ts";

export interface ProcessSite extends Site {
  readonly child: Child;
}

/** A server in a process of its own. */
export async function instance(env: { [name: string]: string } = {}): Promise<ProcessSite> {
  const child = new Child("e2e/operate/instance.ts", [], env);
  onTestFinished(() => void child.stop("SIGKILL"));
  const [, url = ""] = await child.says(/Serving at (\S+)/);
  return {
    url,
    child,
    /** What a process writes to its standard error is its log. */
    get log() {
      return child.stderr.split("\n").slice(0, -1);
    },
  };
}
