import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL(".", import.meta.url));

/** A program that runs JavaScript, and how it serves. */
export interface Runtime {
  readonly name: string;
  /** What it says of itself. */
  readonly version: string;
  /** Whether its server keeps sessions. */
  readonly sessions: boolean;
  start(): Promise<RunningRuntime>;
  /** How it serves over standard input and output, where it has them. */
  readonly stdio?: { readonly command: string; readonly args: readonly string[] };
}

export interface RunningRuntime {
  /** The address of the MCP endpoint. */
  readonly url: string;
  /** Everything that it has written. */
  readonly output: string;
  stop(): Promise<void>;
}

function node(path: string): Runtime {
  return program(`Node ${versionOf(path).split(".", 1)[0]?.slice(1)}`, path, [], "node.js");
}

function program(name: string, path: string, args: readonly string[], entry: string): Runtime {
  return {
    name,
    version: versionOf(path),
    sessions: true,
    start: () => run(path, [...args, entry], (child) => child.stdout as Readable),
    stdio: { command: path, args: [...args, join(here, "stdio.js")] },
  };
}

function workerd(name: string, entry: string, sessions: boolean): Runtime {
  const path = (require("workerd") as { default: string }).default;
  return {
    name,
    version: versionOf(path),
    sessions,
    async start() {
      const folder = mkdtempSync(join(tmpdir(), "slipway-workerd-"));
      const removed = () => rmSync(folder, { recursive: true });
      try {
        await build({
          entryPoints: [join(here, entry)],
          outfile: join(folder, "worker.js"),
          bundle: true,
          format: "esm",
          target: "esnext",
          conditions: ["workerd", "worker"],
        });
        writeFileSync(join(folder, "config.capnp"), workerdConfig(sessions));
        const args = ["serve", "--control-fd=3", join(folder, "config.capnp")];
        const running = await run(path, args, (child) => child.stdio[3] as Readable);
        const stop = async () => {
          await running.stop();
          removed();
        };
        return { ...running, stop };
      } catch (error) {
        removed();
        throw error;
      }
    },
  };
}

function workerdConfig(durable: boolean): string {
  const objects = `
    durableObjectNamespaces = [(className = "Durable", uniqueKey = "durable")],
    durableObjectStorage = (inMemory = void),
    bindings = [(name = "DURABLE", durableObjectNamespace = "Durable")],`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js")],${durable ? objects : ""}
    compatibilityDate = "2026-07-01",
    compatibilityFlags = ["enable_request_signal"],
  )), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** Starts a server, and reads from what it writes where it listens. */
async function run(
  path: string,
  args: readonly string[],
  tells: (child: ChildProcess) => Readable,
): Promise<RunningRuntime> {
  const child = spawn(path, args, { cwd: here, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let output = "";
  for (const stream of child.stdio.slice(1)) {
    (stream as Readable).setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const port = await new Promise<string>((resolve, reject) => {
    tells(child).on("data", () => {
      const found = /listening on (\d+)|"port":(\d+)/.exec(output);
      if (found !== null) resolve(found[1] ?? (found[2] as string));
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${path} ended before it listened:\n${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    get output() {
      return output;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

function versionOf(path: string): string {
  return execFileSync(path, ["--version"], { encoding: "utf8" }).split("\n", 1)[0] as string;
}

const deno = (require("deno/install_api.cjs") as { runInstall(): string }).runInstall();

export const RUNTIMES: readonly Runtime[] = [
  node(join(dirname(require.resolve("node/package.json")), "bin/node")),
  node(process.execPath),
  program("Bun", join(dirname(require.resolve("bun/package.json")), "bin/bun.exe"), [], "bun.js"),
  program("Deno", deno, ["run", "--allow-net", "--allow-env", "--allow-read", "--no-prompt"], "deno.js"),
  workerd("workerd, a Worker", "worker.js", false),
  workerd("workerd, a Durable Object", "durable.js", true),
];
