import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { freePort } from "../support/free-port.ts";

const running = new Set<ChildProcess>();

// What a test has left that failed would go on for ever.
process.on("exit", () => {
  for (const server of running) server.kill("SIGQUIT");
});

/** A Postgres server of this run alone: in a folder of its own, on a free port. */
export class PostgresServer {
  readonly url: string;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #user: { uid?: number; gid?: number };
  #process: ChildProcess | undefined;

  private constructor(binaries: string, folder: string, port: number, user: { uid?: number; gid?: number }) {
    this.#binaries = binaries;
    this.#folder = folder;
    this.#port = port;
    this.#user = user;
    this.url = `postgres://slipway@127.0.0.1:${port}/postgres`;
  }

  static async make(): Promise<PostgresServer> {
    const binaries = binaryFolder();
    const user = serverUser();
    const folder = mkdtempSync(join(tmpdir(), "slipway-postgres-"));
    chmodSync(folder, 0o700);
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
    execFileSync(
      join(binaries, "initdb"),
      ["-D", join(folder, "data"), "-U", "slipway", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
      { ...user, cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
    );
    const server = new PostgresServer(binaries, folder, await freePort(), user);
    await server.start();
    return server;
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    const server = spawn(
      join(this.#binaries, "postgres"),
      [
        "-D",
        join(this.#folder, "data"),
        "-p",
        String(this.#port),
        "-k",
        this.#folder,
        "-c",
        "max_connections=200",
        // What is acknowledged survives the server's death, not the machine's, which no test brings about; a commit
        // that waits for a slow disk would only look like a server that is away.
        "-c",
        "fsync=off",
      ],
      { ...this.#user, cwd: this.#folder, stdio: "ignore" },
    );
    this.#process = server;
    running.add(server);
    server.once("exit", () => running.delete(server));
    for (let attempt = 0; ; attempt++) {
      const client = new Client({ connectionString: this.url });
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (attempt > 200 || server.exitCode !== null) throw error;
        await pause(50);
      }
    }
  }

  /** Stops it where it stands: connections stay, nothing is answered. */
  pause(): void {
    this.#signal("SIGSTOP");
  }

  /** Goes on, and does late what it was asked for meanwhile. */
  resume(): void {
    this.#signal("SIGCONT");
  }

  /** To the server first, so that it makes no more processes, and to each of its processes. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    process.kill(pid, signal);
    for (const child of execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).split("\n")) {
      try {
        if (child !== "") process.kill(Number(child), signal);
      } catch {
        // It has ended since.
      }
    }
  }

  /** Ends all connections and the server; what was acknowledged is kept. */
  async stop(): Promise<void> {
    const server = this.#process;
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function binaryFolder(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  const known = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((name) => join(root, name, "bin"));
  try {
    known.push(
      execFileSync("pg_config", ["--bindir"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim(),
    );
  } catch {
    // Not installed, or not on the path.
  }
  const found = known.find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
  if (found !== undefined) return found;
  throw new Error(
    "These tests need a Postgres server: install one (initdb and postgres in /usr/lib/postgresql/*/bin, or where " +
      "pg_config says), or set DATABASE_URL to a database that they may use.",
  );
}

/** Postgres refuses to run as root, so that root runs it as the user that its package has made. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  try {
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    throw new Error(
      'Postgres does not run as root, and there is no user "postgres" to run it as: run the tests as another user, or ' +
        "set DATABASE_URL.",
    );
  }
}
