import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ReportingProcess } from "../support/reporting-process.ts";
import type { Holdings } from "./holdings.ts";
import { initialize, legacy, message } from "./requests.ts";
import type { Command, Door } from "./server.ts";
import { type Answer, type Bytes, exchange, exchangeAll, type Message, Raw } from "./wire.ts";

type Ports = { readonly [door in Door]: number };

/** The server behind its doors. */
export function startServer(): Promise<ReportingProcess<Ports, Command, Holdings>> {
  return ReportingProcess.start(new URL("server.ts", import.meta.url));
}

/** The servers that are attacked: one process behind several doors, and two on pipes. */
export class Target {
  readonly ports: Ports;
  /** For clients of the newest revision. */
  readonly pipe: Pipe;
  /** Its client has opened with a handshake. */
  readonly opened: Pipe;
  readonly #process: ReportingProcess<Ports, Command, Holdings>;
  readonly #sessions = new Map<string, Promise<string>>();

  static async start(): Promise<Target> {
    const target = new Target(await startServer());
    await target.opened.ask(JSON.stringify(initialize()));
    return target;
  }

  private constructor(process: ReportingProcess<Ports, Command, Holdings>) {
    this.#process = process;
    this.ports = process.hello;
    this.pipe = new Pipe();
    this.opened = new Pipe();
  }

  /** What the processes have written to their logs. */
  get log(): string {
    return this.#process.log + this.pipe.log + this.opened.log;
  }

  measure(): Promise<Holdings> {
    return this.#process.perform({ do: "measure" });
  }

  send(bytes: Bytes, door: Door = "open"): Promise<Answer> {
    return exchange(this.ports[door], bytes);
  }

  sendAll(all: readonly Bytes[], door: Door = "open"): Promise<Answer[]> {
    return exchangeAll(this.ports[door], all);
  }

  /** The session of one caller at a door, opened when first needed. */
  session(door: Door = "open", fields: readonly (readonly [string, string])[] = []): Promise<string> {
    const key = JSON.stringify([door, fields]);
    const known = this.#sessions.get(key) ?? this.newSession(door, fields);
    this.#sessions.set(key, known);
    return known;
  }

  async newSession(door: Door = "open", fields: readonly (readonly [string, string])[] = []) {
    const { head } = await this.send(legacy(undefined, initialize(), fields), door);
    const [, id = ""] = /^mcp-session-id: (.*)$/im.exec(head) ?? [];
    await this.send(legacy(id, { method: "notifications/initialized" }, fields), door);
    return id;
  }

  stop(): void {
    this.#process.kill();
    this.pipe.kill();
    this.opened.kill();
  }
}

/** A server on a pipe. */
export class Pipe {
  log = "";
  readonly #child: ChildProcess;
  #text = "";
  #markers = 0;
  #more: () => void = () => {};

  constructor() {
    const program = fileURLToPath(new URL("stdio-server.ts", import.meta.url));
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program]);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      this.#more();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  /**
   * Writes bytes and a line break, and after them a good request.
   * @returns the lines that came, but for the answer to the good one: so the server goes on after whatever it was
   */
  async ask(bytes: Bytes, replies = 1): Promise<Answer> {
    const marker = `marker ${++this.#markers}`;
    this.#child.stdin?.write(
      typeof bytes === "string" ? `${bytes}\n` : Buffer.concat([bytes, Buffer.from("\n")]),
    );
    this.#child.stdin?.write(`${message("tools/list", {}, marker)}\n`);
    const deadline = Date.now() + 20_000;
    for (;;) {
      const lines = this.#text.split("\n").slice(0, -1);
      const messages = lines.map((line) => JSON.parse(line) as Message);
      const others = messages.filter(({ id }) => id !== marker);
      if (others.length < messages.length && others.length >= replies) {
        this.#text = this.#text.slice(this.#text.lastIndexOf("\n") + 1);
        return {
          head: "",
          body: lines.filter((_, index) => messages[index]?.["id"] !== marker).join("\n"),
          messages: others,
        };
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Expected ${replies} replies and a marker: ${this.#text.slice(0, 500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#more = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** A connection that stays open with what was sent on it. */
export function open(target: Target, bytes: Bytes, door: Door = "open"): Raw {
  return new Raw(target.ports[door]).send(bytes);
}
