import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { Lines } from "../../protocol/lines.ts";
import { messagesIn } from "../batch.ts";
import { Correlator } from "../correlator.ts";
import { ClientError } from "../errors.ts";
import type { RawMessage } from "../raw-message.ts";
import type { ClientTransport, Listener, RawRequest, TransportEvents } from "../transport.ts";
import { defaultEnvironment } from "./environment.ts";

export interface StdioTransportOptions {
  /** Variables for the server's environment besides those that every program needs (`PATH`, `HOME` and the like). */
  env?: Readonly<Record<string, string>>;
  /** The folder that the server runs in. Default: the client's own. */
  cwd?: string;
  /** What becomes of what the server writes to standard error. Default: `"inherit"`, which shows it. */
  stderr?: "inherit" | "ignore" | ((text: string) => void);
  /**
   * Whether the program has a process group of its own, so that Ctrl-C at a terminal reaches the client alone, which can
   * tell the server what is cancelled. Default: false. On Windows it changes nothing.
   */
  ownGroup?: boolean;
  /** The longest message that is taken from the server, in bytes. Default: 64 MiB. */
  maxMessageBytes?: number;
  /**
   * How long the server may take to end once its input is closed, and again after SIGTERM before it is killed, in
   * milliseconds. Default: 2,000.
   */
  graceMs?: number;
}

/**
 * A server that is a program, on the other end of its standard input and output. It is started when the client connects,
 * and again with the next request when it has ended by itself.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export class StdioTransport implements ClientTransport {
  readonly mirrorsHeaders = false;
  readonly cancelsByClosing = false;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #options: StdioTransportOptions;
  #correlator = new Correlator();
  #child: ChildProcessWithoutNullStreams | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  /** @param command the program, which is started without a shell */
  constructor(command: string, args: readonly string[] = [], options: StdioTransportOptions = {}) {
    this.#command = command;
    this.#args = args;
    this.#options = options;
  }

  /** The server's process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async open(events: TransportEvents): Promise<void> {
    await this.close();
    const {
      env,
      cwd,
      stderr = "inherit",
      ownGroup = false,
      maxMessageBytes = 64 * 1024 * 1024,
    } = this.#options;
    const child = spawn(this.#command, this.#args, {
      env: { ...defaultEnvironment(), ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ["pipe", "pipe", typeof stderr === "function" ? "pipe" : stderr],
      windowsHide: true,
      // On Windows that would be a window of its own.
      detached: ownGroup && process.platform !== "win32",
    }) as ChildProcessWithoutNullStreams;
    this.#exited = new Promise((resolve) => child.once("close", resolve));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => {
        const what = `${this.#command} could not be started: ${cause.message}`;
        reject(new ClientError("connection", what, { cause }));
      });
    });
    this.#child = child;
    const correlator = new Correlator();
    this.#correlator = correlator;
    if (typeof stderr === "function") child.stderr.setEncoding("utf8").on("data", stderr);
    // What is written to a program that has ended is lost with it.
    child.stdin.on("error", () => {});
    child.on("error", () => {});
    child.once("close", (code, signal) => {
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      const error = new ClientError("connection", `${this.#command} ended ${how}.`);
      correlator.fail(error);
      if (this.#child !== child) return;
      this.#child = undefined;
      events.lost(error);
    });
    const lines = new Lines(maxMessageBytes);
    child.stdout.on("data", (chunk: Uint8Array) => {
      for (const line of lines.push(chunk)) this.#receive(line, correlator, events);
    });
  }

  #receive(line: Uint8Array | undefined, correlator: Correlator, events: TransportEvents): void {
    if (line === undefined) {
      events.warn("The server wrote a line that is too long; it was skipped.");
      return;
    }
    const text = decoder.decode(line).trim();
    if (text === "") return;
    try {
      for (const message of messagesIn(text)) if (!correlator.receive(message)) events.message(message);
    } catch (error) {
      // Servers that are no good at it write their logs there, too.
      events.warn((error as Error).message);
    }
  }

  agree(): void {}

  async exchange(request: RawRequest, listener?: Listener): Promise<RawMessage> {
    const response = this.#correlator.expect(request, listener);
    response.catch(() => {});
    await this.send(request.text);
    return response;
  }

  async send(text: string): Promise<void> {
    const { stdin } = this.#child ?? {};
    if (stdin === undefined) throw new ClientError("connection", `${this.#command} does not run.`);
    // A line break between tokens means nothing to JSON, and the end of the message here.
    const line = /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, " ") : text;
    if (stdin.write(`${line}\n`)) return;
    try {
      await Promise.race([once(stdin, "drain"), this.#exited]);
    } catch (cause) {
      // Most likely it has ended, and whoever waits for its answer is told how.
      if (await within(LAST_MS, this.#exited)) return;
      throw new ClientError("connection", `${this.#command} does not read what it is sent.`, { cause });
    }
  }

  /** Closes the server's input, and waits until it has ended. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const { graceMs = 2000 } = this.#options;
    this.#correlator.fail(new ClientError("closed", "The client was closed."));
    child.stdin.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await within(graceMs, this.#exited)) return;
      child.kill(signal);
    }
    await this.#exited;
  }
}

/** How long after it has stopped reading a program may take to end, in milliseconds. */
const LAST_MS = 1_000;

const decoder = new TextDecoder();

/** Whether something happens in time. */
async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const happened = await Promise.race([event.then(() => true), late]);
  clearTimeout(timer);
  return happened;
}
