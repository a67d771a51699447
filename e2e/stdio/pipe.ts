import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { StdioOptions } from "slipway/stdio";
import { onTestFinished } from "vitest";
import { Arrivals } from "../support/arrivals.ts";

export interface Message {
  readonly jsonrpc: "2.0";
  readonly id?: string | number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came off the wire
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string };
}

export const LEGACY = "2025-11-25";
export const MODERN = "2026-07-28";

export interface PipeOptions
  extends Pick<StdioOptions, "graceMs" | "maxBufferedBytes" | "maxCalls" | "maxDepth" | "maxMessageBytes"> {
  /** Whether something in the process would keep it alive. */
  readonly alive?: boolean;
}

const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };

/** A client at the other end of the standard streams of a real process. */
export class Pipe {
  readonly revision: string;
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly messages = new Arrivals<Message>();
  /** Lines of standard output that are not a JSON-RPC message. */
  readonly garbage: string[] = [];
  /** Lines of standard error. */
  readonly said = new Arrivals<string>();
  readonly #exited: Promise<unknown>;
  readonly #closed: Promise<unknown>;
  #nextId = 1;

  /** Starts a server, and opens it where the revision has a handshake. */
  static async open(revision: string, options: PipeOptions = {}): Promise<Pipe> {
    const pipe = new Pipe(revision, options);
    await pipe.says("ready");
    if (revision === LEGACY) await pipe.initialize();
    return pipe;
  }

  private constructor(revision: string, options: PipeOptions) {
    this.revision = revision;
    const program = fileURLToPath(new URL("server.ts", import.meta.url));
    this.process = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#exited = once(this.process, "exit");
    this.#closed = once(this.process, "close");
    // A test may write to a server that has gone.
    this.process.stdin.on("error", () => {});
    eachLine(this.process.stdout, (line) => this.#take(line));
    eachLine(this.process.stderr, (line) => this.said.add(line));
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }

  #take(line: string): void {
    try {
      const message = JSON.parse(line) as Message;
      if (message.jsonrpc !== "2.0") throw new Error("not a message");
      this.messages.add(message);
    } catch {
      this.garbage.push(line);
    }
  }

  async initialize(): Promise<void> {
    const params = {
      protocolVersion: this.revision,
      capabilities: CAPABILITIES,
      clientInfo: { name: "pipe", version: "1.0.0" },
    };
    await this.answer(this.send("initialize", params));
    this.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** Writes a message, a line without its break, or bytes as they are. */
  write(what: object | string | Uint8Array): void {
    if (what instanceof Uint8Array) this.process.stdin.write(what);
    else this.process.stdin.write(`${typeof what === "string" ? what : JSON.stringify(what)}\n`);
  }

  /** A request as a client of the revision makes it. */
  request(method: string, params: object = {}, meta: object = {}): Message & { id: number } {
    const modern = {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientInfo": { name: "pipe", version: "1.0.0" },
      "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
    };
    const _meta = { ...(this.revision === MODERN && modern), ...meta };
    return { jsonrpc: "2.0", id: this.#nextId++, method, params: { ...params, _meta } };
  }

  /** Sends a request and gives its id. */
  send(method: string, params: object = {}, meta: object = {}): number {
    const request = this.request(method, params, meta);
    this.write(request);
    return request.id;
  }

  /** Calls a tool and gives the request's id. */
  call(name: string, args: object = {}, meta: object = {}): number {
    return this.send("tools/call", { name, arguments: args }, meta);
  }

  /** The response to a request. */
  answer(id: string | number | undefined): Promise<Message> {
    return this.messages.first((message) => message.method === undefined && message.id === id);
  }

  /** The text that a tool answers with. */
  async text(id: number): Promise<string> {
    const { result, error } = await this.answer(id);
    if (error !== undefined) throw new Error(error.message);
    return result.content[0].text;
  }

  /** Calls a tool and gives the text of its answer. */
  tool(name: string, args: object = {}): Promise<string> {
    return this.text(this.call(name, args));
  }

  /** Waits until the server says something to the test on standard error. */
  async says(what: string | RegExp): Promise<string> {
    return this.said.first((line) => (typeof what === "string" ? line === `<${what}>` : what.test(line)));
  }

  /** Reads no more, until {@link resume}. */
  pause(): void {
    this.process.stdout.pause();
  }

  resume(): void {
    this.process.stdout.resume();
  }

  /** Sends no more. */
  end(): void {
    this.process.stdin.end();
  }

  /** How the process ends: an exit code, or the signal that killed it. All that it wrote has come by then. */
  async exit(): Promise<number | NodeJS.Signals | null> {
    if (this.process.stdout.isPaused()) await this.#exited;
    else await this.#closed;
    return this.process.signalCode ?? this.process.exitCode;
  }
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = text.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}
