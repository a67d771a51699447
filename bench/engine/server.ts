import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { processSeconds, SERVER_CORE } from "./cpu.ts";
import { collect, exited, spawnOn } from "./process.ts";
import type { Contestant } from "./types.ts";

export type Mode = "modern" | "sessions" | "stateless";

export interface ServerOptions {
  /** Which of the contestant's servers. */
  readonly kind: string;
  readonly mode: Mode;
  readonly env?: { readonly [name: string]: string };
  /** Arguments for Node. */
  readonly flags?: readonly string[];
}

/** The memory of a server, in bytes. */
export interface Memory {
  /** The JavaScript heap and what belongs to it, after everything unreachable has gone. */
  readonly heap: number;
  /** Resident pages. */
  readonly rss: number;
}

/** How long a server may take to listen, in milliseconds. */
const PATIENCE_MS = 20_000;

/** A contestant's server in a process of its own. */
export class Server {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(contestant: Contestant, options: ServerOptions): Promise<Server> {
    const port = await freePort();
    const child = spawnOn(
      SERVER_CORE,
      process.execPath,
      [...(options.flags ?? []), serverFile(contestant, options.kind)],
      {
        env: {
          ...process.env,
          NODE_ENV: "production",
          MODE: options.mode,
          PORT: String(port),
          ...options.env,
        },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    const errors = collect(child.stderr);
    await untilReady(child, contestant.name, errors);
    return new Server(port, child);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** How long the process has had a core, in seconds. */
  get cpuSeconds(): number {
    return processSeconds(this.#child.pid);
  }

  async memory(): Promise<Memory> {
    this.#child.send("memory");
    const [memory] = (await once(this.#child, "message")) as [Memory];
    return memory;
  }

  async stop(): Promise<void> {
    // A server ends when it loses the harness, in its own time, so that it can write a profile.
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await exited(this.#child);
    clearTimeout(timer);
  }
}

export function serverFile(contestant: Contestant, kind: string): string {
  return `${contestant.folder}/${kind}.js`;
}

async function untilReady(child: ChildProcess, name: string, errors: () => string): Promise<void> {
  let output = "";
  const listening = new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (chunk) => {
      // What a server prints later is read and dropped, lest it block.
      if (output.length < 65_536) output += chunk;
      if (/^ready$/m.test(output)) resolve();
    });
  });
  const failed = exited(child).then((code) => {
    throw new Error(`The server of ${name} ended with ${code} before it listened: ${errors()}`);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Error(`The server of ${name} does not listen after ${PATIENCE_MS} ms: ${errors() || output}`),
      );
    }, PATIENCE_MS);
  });
  try {
    await Promise.race([listening, failed, late]);
  } finally {
    clearTimeout(timer);
    failed.catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}
