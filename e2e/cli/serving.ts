import { afterEach } from "vitest";
import { addressOf } from "./connect.ts";
import type { Project, Running } from "./project.ts";

export type Serve = (...args: string[]) => Promise<{ running: Running; url: URL }>;

/** Starts `slipway serve` on a free port, and ends it after each test. Workers end when their primary is gone. */
export function serving(project: Project, ...always: string[]): Serve {
  const started: Running[] = [];
  afterEach(async () => {
    for (const running of started.splice(0)) {
      running.signal("SIGKILL");
      await running.finished;
    }
  });
  return async (...args) => {
    const running = project.start(["serve", "server.ts", "--port", "0", ...always, ...args]);
    started.push(running);
    return { running, url: await addressOf(running) };
  };
}
