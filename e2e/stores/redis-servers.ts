import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { freePort } from "../support/free-port.ts";

const running = new Set<RedisServer>();

process.on("exit", () => {
  for (const server of running) void server.kill();
});

/** Ends what a test has left that failed; it would go on for ever. */
export async function stopAll(): Promise<void> {
  for (const server of [...running]) await server.stop();
}

/** The program's path, where it is installed. */
export function installed(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...folders, "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function needed(program: string): string {
  const path = installed(program);
  if (path !== undefined) return path;
  throw new Error(
    `These tests need ${program}, and found none in PATH. Install Redis (apt install redis-server, brew install redis, ` +
      "https://redis.io/docs/latest/operate/oss_and_stack/install/).",
  );
}

export interface ServerOptions {
  /** Default: `redis-server`. */
  program?: string;
  /** Whether what was written survives a restart. Default: not. */
  durable?: boolean;
  /** A file with its configuration. */
  file?: string;
  /** More arguments for the program. */
  args?: readonly string[];
}

/** A server of its own, on a free port. */
export class RedisServer {
  readonly port: number;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, options: ServerOptions) {
    const { program = "redis-server", durable = false, file, args = [] } = options;
    this.port = port;
    this.#program = needed(program);
    this.#folder = mkdtempSync(join(tmpdir(), "slipway-redis-"));
    const kept = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
    const first = file === undefined ? [] : [file];
    this.#args = [...first, "--port", String(port), "--dir", this.#folder, "--save", "", ...kept, ...args];
  }

  static async start(options: ServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again where it was killed, and waits until it answers. */
  async start(): Promise<void> {
    const child = spawn(this.#program, [...this.#args], { stdio: "ignore" });
    this.#process = child;
    running.add(this);
    const client = new Redis(this.url, {
      lazyConnect: true,
      retryStrategy: () => 20,
      maxRetriesPerRequest: null,
    });
    client.on("error", () => {});
    try {
      await Promise.race([
        client.ping(),
        once(child, "exit").then(() => Promise.reject(new Error(`${this.#program} ended as it began.`))),
      ]);
    } finally {
      client.disconnect();
    }
  }

  /** Stops it where it stands: connections stay, nothing is answered. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One that tells clients where the server is. */
export async function startSentinel(master: RedisServer): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-sentinel-"));
  const file = join(folder, "sentinel.conf");
  writeFileSync(file, `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1\n`);
  return RedisServer.start({ file, args: ["--sentinel"] });
}

/** What Sentinels call the server. */
export const MASTER = "slipway";

/** Three masters that share the slots. */
export async function startCluster(): Promise<RedisServer[]> {
  const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
  const servers = [
    await RedisServer.start({ args }),
    await RedisServer.start({ args }),
    await RedisServer.start({ args }),
  ];
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  const create = ["--cluster", "create", ...addresses, "--cluster-yes"];
  await promisify(execFile)(needed("redis-cli"), create);
  for (const { url } of servers) {
    const client = new Redis(url);
    while (!(await client.cluster("INFO")).includes("cluster_state:ok")) await pause(20);
    await client.quit();
  }
  return servers;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
