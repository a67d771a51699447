import type { Readable, Writable } from "node:stream";
import { HttpError } from "../http/http-error.ts";
import { ObservedConnection } from "../http/observed-connection.ts";
import { onSignals } from "../node/signals.ts";
import type {
  ClientRequestAdapter,
  HandleAdapter,
  JournalAdapter,
  Principal,
  TaskAdapter,
} from "../ports/index.ts";
import { ERROR_CODES, invalidRequest, RpcError } from "../protocol/errors.ts";
import { nestsDeeperThan } from "../protocol/jsonrpc.ts";
import {
  type Call,
  Connection,
  type Continuation,
  type Limits,
  type McpServer,
  type Observer,
  type Outcome,
  observed,
  observedAdapter,
  Sealer,
  type SealOptions,
  Tasks,
} from "../server/index.ts";
import {
  InMemoryClientRequestAdapter,
  InMemoryHandleAdapter,
  InMemoryTaskAdapter,
} from "../stores/memory/index.ts";
import { divertStdout } from "./divert.ts";
import { readLines } from "./input.ts";
import { Output } from "./output.ts";

export interface StdioOptions {
  /** Default: `process.stdin`. */
  input?: Readable;
  /** Default: `process.stdout`. */
  output?: Writable;
  /**
   * Who calls: over stdio that is whoever has started the program, so it comes from its environment. Left out: nobody, who
   * has no scopes.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#protocol-requirements
   */
  auth?: Principal | undefined;
  clientRequestAdapter?: ClientRequestAdapter;
  journalAdapter?: JournalAdapter;
  /** Keeps what handles open. Default: in memory. */
  handleAdapter?: HandleAdapter;
  /** Keeps tasks. They are run as long as the pipe is open. Default: in memory. */
  taskAdapter?: TaskAdapter;
  /** How suspended calls are sealed. */
  requestState?: SealOptions;
  /** Bounds how often the client may call, and how much at once: `limits` of `slipway/limits`. Default: not at all. */
  limits?: Limits;
  /** Watches what is served: `observe` of `slipway/observe`. Default: nobody does. */
  observe?: Observer;
  /** The longest message, in bytes. A longer one is skipped and answered with an error. Default: 64 MiB. */
  maxMessageBytes?: number;
  /** How deep a message may nest. Default: 64. */
  maxDepth?: number;
  /** How many requests are served at once; further ones are answered with an error. Default: 10,000. */
  maxCalls?: number;
  /**
   * Bytes that may wait for a client that does not read. Above it nothing more is read from the client,
   * progress and log messages are left out, and equal change notifications wait as one. Default: 16 MiB.
   */
  maxBufferedBytes?: number;
  /**
   * How long a client of a revision with handshake may say nothing before it is sent a ping, in milliseconds. 0: it
   * is never sent one. Default: 0, since a client that goes away closes the pipe.
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/ping
   */
  pingIntervalMs?: number;
  /** How long a client may take to answer a ping before the pipe is closed, in milliseconds. Default: 30,000. */
  pingTimeoutMs?: number;
  /**
   * How long running calls may take to end once the client has closed the pipe, a signal came, or
   * {@link StdioServer.close} was called, in milliseconds. Default: 5,000.
   */
  graceMs?: number;
  /**
   * Whether SIGTERM and SIGINT end the server in good order. A second signal ends the process at once.
   * Default: true on `process.stdin`.
   */
  signals?: boolean;
  /**
   * Whether the process ends after the server, even where something (a timer, a connection to a database)
   * would keep it alive. What awaits {@link StdioServer.closed} has half a second to tidy up. Default: true on
   * `process.stdin`.
   */
  exit?: boolean;
}

/** A server on the other end of a pipe. */
export interface StdioServer {
  /**
   * Resolves when the client has closed the pipe, a signal came, or {@link close} was called, all calls have
   * ended, and the client has read what was said.
   */
  readonly closed: Promise<void>;
  /** Takes no more requests, ends subscriptions, and waits for running calls as long as `graceMs` says. */
  close(): Promise<void>;
}

/** How long a client may take to read the last answers, where the calls left no time for it. */
const LAST_WORDS_MS = 250;

/** How long what waits for the end may keep the process alive. */
const EXIT_MS = 500;

/**
 * Serves an MCP server over standard input and output, to a client of any revision. Whatever else the
 * program writes to standard output, by `console.log` or otherwise, goes to standard error.
 *
 * The server ends when the client closes the pipe: calls that still wait for an answer of the client stop at
 * once, all others may end within `graceMs`, and the process ends with code 0.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export function serveStdio(server: McpServer<never> | McpServer, options: StdioOptions = {}): StdioServer {
  const { input = process.stdin, maxDepth = 64, graceMs = 5_000 } = options;
  const { maxMessageBytes = 64 * 1024 * 1024, maxBufferedBytes = 16 * 1024 * 1024 } = options;
  const { signals = input === process.stdin, exit = input === process.stdin } = options;
  const { observe } = options;
  const output = openOutput(options.output ?? process.stdout, maxBufferedBytes);
  const dispatch = (call: Call) => server.core.dispatch(call, continuation);
  const tasks = new Tasks({
    core: server.core,
    name: server.core.options.name,
    adapter: observedAdapter(observe, "tasks", options.taskAdapter ?? new InMemoryTaskAdapter()),
    dispatch: observed(observe, dispatch),
  });
  const continuation: Continuation = {
    sealer: new Sealer(options.requestState),
    journals: observedAdapter(observe, "journals", options.journalAdapter),
    handles: observedAdapter(observe, "handles", options.handleAdapter ?? new InMemoryHandleAdapter()),
    tasks,
  };
  const session = observe && new ObservedConnection(observe, "stdio", "stdio");
  const served = observed(
    observe,
    options.limits === undefined ? dispatch : limited(options.limits, dispatch),
  );
  const maxCalls = options.maxCalls ?? 10_000;
  const connection = new Connection({
    core: server.core,
    principal: options.auth,
    continuation,
    dispatch: session === undefined ? served : session.through(served),
    clientRequests: observedAdapter(
      observe,
      "clientRequests",
      options.clientRequestAdapter ?? new InMemoryClientRequestAdapter(),
    ),
    maxCalls,
    refused: observe && ((error) => observe.refused?.({ transport: "stdio", error })),
    send: (json, overflow) => output.send(json, overflow),
    ping: { intervalMs: options.pingIntervalMs ?? 0, timeoutMs: options.pingTimeoutMs ?? 30_000 },
    lost: () => void close(),
  });

  const unwatch = observe?.watch?.(
    () => ({
      streams: 0,
      calls: connection.working,
      sessions: 1,
      tasks: tasks.size,
      asks: connection.waiting,
    }),
    { transport: "stdio", maxCalls },
  );
  const working = new Set<Promise<void>>();
  const take = (line: Uint8Array | undefined): void => {
    const served = receive(connection, line, { maxMessageBytes, maxDepth }, session).catch((error) => {
      server.core.logger.error("A message failed unexpectedly", error);
    });
    working.add(served);
    void served.finally(() => working.delete(served));
  };
  const stopReading = readLines(input, maxMessageBytes, {
    take,
    room: () => (output.full ? output.drained() : undefined),
    end: () => {
      // Nobody can answer any more, so what still waits for the client stops at once.
      connection.stopAsking();
      void close();
    },
  });
  const ignoreSignals = signals ? onSignals(() => void close()) : () => {};

  const end = async (): Promise<void> => {
    const deadline = performance.now() + graceMs;
    connection.refuseRequests(shuttingDown());
    connection.endSubscriptions();
    await within(graceMs, [settled(working), output.lost]);
    tasks.stop();
    connection.close();
    stopReading();
    await within(Math.max(deadline - performance.now(), LAST_WORDS_MS), [output.drained()]);
    ignoreSignals();
    session?.end();
    unwatch?.();
    if (exit) setTimeout(() => process.exit(), EXIT_MS).unref();
  };
  let begin!: () => void;
  const closed = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(end);
  const close = (): Promise<void> => {
    begin();
    return closed;
  };
  void output.lost.then(close);
  return { closed, close };
}

/** By status and header an observer knows why, as over HTTP. */
function shuttingDown(): HttpError {
  const message = "The server is shutting down. Send the request to a new one.";
  return new HttpError(503, message, { headers: [["connection", "close"]] });
}

type Dispatch = (call: Call) => Outcome | Promise<Outcome>;

function limited(limits: Limits, dispatch: Dispatch): Dispatch {
  return async (call) => {
    try {
      await limits.admitCaller(call.principal, undefined);
    } catch (error) {
      if (error instanceof RpcError) return { kind: "error", error };
      throw error;
    }
    return limits.serve(call, () => dispatch(call));
  };
}

function openOutput(stream: Writable, maxBufferedBytes: number): Output {
  const write = stream === process.stdout ? divertStdout() : (text: string) => stream.write(text);
  return new Output(stream, write, maxBufferedBytes);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

async function receive(
  connection: Connection,
  line: Uint8Array | undefined,
  { maxMessageBytes, maxDepth }: { maxMessageBytes: number; maxDepth: number },
  session: ObservedConnection | undefined,
): Promise<void> {
  if (line === undefined)
    return connection.refuse(invalidRequest(`The message is longer than ${maxMessageBytes} bytes.`, 413));
  let message: unknown;
  try {
    const text = decoder.decode(line).trim();
    if (text === "") return;
    if (nestsDeeperThan(text, maxDepth))
      return connection.refuse(invalidRequest(`The message nests deeper than ${maxDepth} levels.`));
    message = JSON.parse(text);
  } catch {
    return connection.refuse(new RpcError(ERROR_CODES.PARSE_ERROR, "The line is not JSON in UTF-8."));
  }
  const take = () => connection.receive(message);
  return session === undefined ? take() : session.take(message, take);
}

/** Resolves when everything has settled, with what is added meanwhile. */
async function settled(working: ReadonlySet<Promise<void>>): Promise<void> {
  while (working.size > 0) await Promise.all(working);
}

/** Waits for the first of several, but not longer. */
async function within(ms: number, promises: readonly Promise<void>[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([...promises, late]);
  clearTimeout(timer);
}
