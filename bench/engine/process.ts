import { type ChildProcess, execFileSync, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { LOAD_CORE, SERVER_CORE } from "./cpu.ts";

/** Whether processes can be given a core each. */
export const canPin: boolean =
  spawnSync("taskset", ["-c", `${SERVER_CORE},${LOAD_CORE}`, "true"], { stdio: "ignore" }).status === 0;

/** Moves this process, and with it all that it starts unpinned, to the load generator's core. */
export function pinThisProcess(): void {
  if (canPin) execFileSync("taskset", ["-a", "-c", "-p", String(LOAD_CORE), String(process.pid)]);
}

/** Starts a program on one core, or anywhere when that is not possible. */
export function spawnOn(core: number, program: string, args: string[], options: SpawnOptions): ChildProcess {
  return canPin
    ? spawn("taskset", ["-c", String(core), program, ...args], options)
    : spawn(program, args, options);
}

/** Collects what a process prints on a stream. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  return () => text;
}

/** Resolves with the exit code; null where a signal ended the process. */
export function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

/** Runs a program on the load generator's core to its end, and gives what it printed. */
export async function runLoad(program: string, args: string[], input = ""): Promise<string> {
  const child = spawnOn(LOAD_CORE, program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors() || output()}`);
  return output();
}
