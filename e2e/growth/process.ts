import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { ReportingProcess } from "../support/reporting-process.ts";
import type { Command, Holdings } from "./server.ts";

/** The server in a process of its own, and clients of it. */
export class ServerProcess {
  readonly #process: ReportingProcess<number, Command, Holdings>;

  static async start(): Promise<ServerProcess> {
    const program = new URL("server.ts", import.meta.url);
    const started = await ReportingProcess.start<number, Command, Holdings>(program);
    onTestFinished(() => started.kill());
    return new ServerProcess(started);
  }

  private constructor(process: ReportingProcess<number, Command, Holdings>) {
    this.#process = process;
  }

  /** Has the server do something, and gives what it holds then. One at a time. */
  perform(command: Command): Promise<Holdings> {
    return this.#process.perform(command);
  }

  /** Opens sessions whose clients are ready. */
  async open(sessions: number): Promise<readonly string[]> {
    return (await this.perform({ do: "ready", sessions })).ids ?? [];
  }

  /** Looks until it fits, as a server learns by and by that its clients have gone, and then measures. */
  async settled(fits: (holdings: Holdings) => boolean): Promise<Holdings> {
    while (!fits(await this.perform({ do: "look" })));
    return this.perform({ do: "measure" });
  }

  /**
   * Sends a request on a connection of its own, waits until the response matches, and goes away.
   * @returns what came until then
   */
  async visit(request: string, until: RegExp): Promise<string> {
    const socket = this.#connect(request);
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) {
      text += chunk;
      // Leaving the loop destroys the socket.
      if (until.test(text)) return text;
    }
    throw new Error(`The server closed before ${until}: ${text}`);
  }

  /** Sends a request, does something when the response matches, and reads on to the end. */
  async stay(request: string, until: RegExp, perform: () => Promise<unknown>): Promise<string> {
    const socket = this.#connect(request);
    let text = "";
    let performed: Promise<unknown> | undefined;
    for await (const chunk of socket.setEncoding("utf8")) {
      text += chunk;
      if (until.test(text)) performed ??= perform();
      if (text.endsWith("\r\n0\r\n\r\n")) break;
    }
    await performed;
    return text;
  }

  #connect(request: string): Socket {
    const socket = connect(this.#process.hello, "127.0.0.1");
    socket.write(request);
    return socket;
  }

  /** Many visits, some at once. */
  async visits(times: number, visit: (index: number) => Promise<unknown>, atOnce = 100): Promise<void> {
    let next = 0;
    const visitor = async () => {
      while (next < times) await visit(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, visitor));
  }

  /** Sends a request and never reads what comes back, until the server cuts the connection. */
  async ignore(request: string): Promise<void> {
    const socket = this.#connect(request);
    socket.pause();
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
  }
}

type HeaderValues = { readonly [name: string]: string | undefined };

export function http(method: string, headers: HeaderValues, message?: object): string {
  const body = message === undefined ? "" : JSON.stringify(message);
  const all = {
    host: "localhost",
    accept: "application/json, text/event-stream",
    ...(message !== undefined && {
      "content-type": "application/json",
      "content-length": String(body.length),
    }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) =>
    value === undefined ? "" : `${name}: ${value}\r\n`,
  );
  return `${method} /mcp HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

const MODERN = "2026-07-28";
const LEGACY = "2025-11-25";

export const LEGACY_HEADERS = { "mcp-protocol-version": LEGACY };

export function modern(method: string, params: object): string {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    progressToken: "token",
  };
  const headers = {
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
    "mcp-name": (params as { name?: string }).name,
  };
  return http("POST", headers, { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } });
}

export function legacy(session: string | undefined, message: object): string {
  return http("POST", { ...LEGACY_HEADERS, "mcp-session-id": session }, { jsonrpc: "2.0", ...message });
}

export const INITIALIZE = legacy(undefined, {
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: LEGACY,
    capabilities: { elicitation: {} },
    clientInfo: { name: "growth", version: "1.0.0" },
  },
});
