import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How the everything server is served: the package's own Node binding, or its Fetch API handler. */
export const bindings = ["node", "fetch"] as const;
export type Binding = (typeof bindings)[number];

const PROGRAMS: { readonly [binding in Binding]: URL } = {
  node: new URL("../../examples/everything/serve.ts", import.meta.url),
  fetch: new URL("./serve-fetch.ts", import.meta.url),
};

const START_MS = 30_000;
const STOP_MS = 10_000;

export interface Fixture {
  readonly url: string;
  /** What it has written to stderr until now. */
  readonly stderr: () => string;
  stop(): Promise<void>;
}

/** Starts the everything server as a process of its own, on a free port. */
export async function startFixture(binding: Binding): Promise<Fixture> {
  const child = spawn(process.execPath, [fileURLToPath(PROGRAMS[binding])], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(killer);
  };
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const failed = (why: string) => reject(new Error(`The everything server ${why}.\n${stdout}${stderr}`));
      setTimeout(failed, START_MS, `printed no address within ${START_MS} ms`).unref();
      child.once("error", reject).once("exit", (code) => failed(`ended with exit code ${code}`));
      child.stdout.setEncoding("utf8").on("data", (text) => {
        stdout += text;
        const [address] = /http:\S+(?=\s)/.exec(stdout) ?? [];
        if (address !== undefined) resolve(address);
      });
    });
    return { url, stderr: () => stderr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
