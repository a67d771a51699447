import type { Readable, Writable } from "node:stream";
import type { ClientRequestAdapter, JournalAdapter } from "../ports/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { nestsDeeperThan } from "../protocol/jsonrpc.ts";
import { Connection, type McpServer, Sealer, type SealOptions } from "../server/index.ts";
import { InMemoryClientRequestAdapter } from "../stores/memory/index.ts";
import { divertStdout } from "./divert.ts";
import { Lines } from "./lines.ts";

export interface StdioOptions {
  /** Default: `process.stdin`. */
  input?: Readable;
  /** Default: `process.stdout`. */
  output?: Writable;
  clientRequestAdapter?: ClientRequestAdapter;
  journalAdapter?: JournalAdapter;
  /** How suspended calls are sealed. */
  requestState?: SealOptions;
  /** The longest message, in bytes. Default: 64 MiB. */
  maxMessageBytes?: number;
  /** How deep a message may nest. Default: 64. */
  maxDepth?: number;
  /** How long running calls may take to end after a signal, in milliseconds. Default: 5,000. */
  graceMs?: number;
  /** Whether SIGTERM and SIGINT end the process in good order. Default: true on `process.stdin`. */
  signals?: boolean;
}

/** A server on the other end of a pipe. */
export interface StdioServer {
  /** Resolves when the client has closed the pipe, or {@link close} was called, and all calls have ended. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves an MCP server over standard input and output, to a client of any revision. Whatever else the
 * program writes to standard output goes to standard error.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export function serveStdio(server: McpServer<never> | McpServer, options: StdioOptions = {}): StdioServer {
  const { input = process.stdin, output = process.stdout, maxDepth = 64, graceMs = 5_000 } = options;
  const diverted = output === process.stdout ? divertStdout() : undefined;
  const write = diverted?.write ?? ((text: string) => output.write(text));
  const lines = new Lines(options.maxMessageBytes ?? 64 * 1024 * 1024);
  const connection = new Connection({
    core: server.core,
    continuation: { sealer: new Sealer(options.requestState), journals: options.journalAdapter },
    clientRequests: options.clientRequestAdapter ?? new InMemoryClientRequestAdapter(),
    send: (json) => send(output, write, json),
  });
  const working = new Set<Promise<void>>();
  let finish: () => void;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const take = (line: Uint8Array | undefined): void => {
    const served = receive(connection, line, maxDepth).catch((error) => {
      server.core.logger.error("A message failed unexpectedly", error);
    });
    working.add(served);
    void served.finally(() => working.delete(served));
  };

  let ending = false;
  const end = async (grace: number): Promise<void> => {
    if (ending) return closed;
    ending = true;
    input.removeAllListeners("data");
    input.pause();
    connection.endSubscriptions();
    await Promise.race([Promise.all(working), delay(grace)]);
    connection.close();
    for (const [signal, listener] of signals) process.off(signal, listener);
    diverted?.restore();
    finish();
  };

  const onSignal = () => void end(graceMs).then(() => process.exit(0));
  const listensToSignals = options.signals ?? input === process.stdin;
  const signals = listensToSignals
    ? ([
        ["SIGTERM", onSignal],
        ["SIGINT", onSignal],
      ] as const)
    : [];
  for (const [signal, listener] of signals) process.once(signal, listener);

  input.on("data", (chunk: Uint8Array | string) => {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    for (const line of lines.push(bytes)) if (line === undefined || line.length > 0) take(line);
  });
  input.once("end", () => {
    const rest = lines.rest();
    if (rest !== undefined) take(rest);
    // Nobody can answer any more, so what still waits for the client stops at once.
    connection.stopAsking();
    void end(graceMs);
  });
  // A client that closed its end of our output has gone.
  output.once("error", () => void end(0));
  return { closed, close: () => end(graceMs) };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

async function receive(
  connection: Connection,
  line: Uint8Array | undefined,
  maxDepth: number,
): Promise<void> {
  if (line === undefined)
    return connection.refuse(new RpcError(ERROR_CODES.INVALID_REQUEST, "The message is too long."));
  let message: unknown;
  try {
    const text = decoder.decode(line).trim();
    if (text === "") return;
    if (nestsDeeperThan(text, maxDepth)) {
      return connection.refuse(
        new RpcError(ERROR_CODES.INVALID_REQUEST, `The message nests deeper than ${maxDepth} levels.`),
      );
    }
    message = JSON.parse(text);
  } catch {
    return connection.refuse(new RpcError(ERROR_CODES.PARSE_ERROR, "The line is not JSON in UTF-8."));
  }
  return connection.receive(message);
}

function send(output: Writable, write: (text: string) => boolean, json: string): void | Promise<void> {
  if (output.destroyed || output.writableEnded) return;
  if (write(`${json}\n`)) return;
  return new Promise((resolve) => {
    const done = () => {
      output.off("drain", done);
      output.off("close", done);
      resolve();
    };
    output.on("drain", done);
    output.on("close", done);
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
