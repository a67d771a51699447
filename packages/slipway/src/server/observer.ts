import type { RpcError } from "../protocol/errors.ts";
import type { Call, RequestView } from "./call.ts";
import type { Outcome } from "./outcome.ts";

/** What is open in one place where a server is served. */
export interface Load {
  /** Event streams. */
  readonly streams: number;
  /** Calls that are being served. */
  readonly calls: number;
  /** Sessions of which something is open. */
  readonly sessions: number;
  /** Tasks that are being run. */
  readonly tasks: number;
  /** Questions of calls that wait for their clients' answers. */
  readonly asks: number;
}

/** Where and within which bounds a server is served. */
export interface Served {
  readonly transport: "http" | "stdio";
  readonly maxCalls: number;
  /** Left out where there are no streams. */
  readonly maxStreams?: number;
}

/** What was refused before it became a call: a request over HTTP, a message over stdio. */
export type Refusal =
  | {
      readonly transport: "http";
      readonly method: string;
      readonly request: RequestView;
      readonly status: number;
      readonly error: RpcError;
    }
  | { readonly transport: "stdio"; readonly error: RpcError };

/** Something that has happened besides calls. */
export type Happening =
  /** A client has opened with `initialize`, or failed to. */
  | { readonly kind: "handshake"; readonly succeeded: boolean }
  /** A session was opened here. On stdio the connection is one. */
  | { readonly kind: "session-opened"; readonly session: string; readonly transport: Served["transport"] }
  /** A session was ended here by its client; `durationMs` where it is known when it was opened. */
  | {
      readonly kind: "session-ended";
      readonly session: string;
      readonly transport: Served["transport"];
      readonly version: string;
      readonly durationMs: number | undefined;
    }
  /** An event of a log was written to its client's stream, so long after it was appended: here, or by another instance. */
  | { readonly kind: "delivered"; readonly lagMs: number; readonly from: "here" | "elsewhere" }
  /** A client has come back for a stream. */
  | { readonly kind: "resumed" }
  /** A stream was cut off whose reader was too slow, with so many bytes on their way. */
  | { readonly kind: "reader-cut"; readonly bytes: number }
  /** What a machine has left that died goes on here. */
  | { readonly kind: "takeover"; readonly of: "call" | "task" }
  /** What a machine had begun that died can go on nowhere: its client is told an error. */
  | { readonly kind: "lost"; readonly of: "call" };

/** The ports of a store, by the names that a `Store` has for them. */
export type PortName = "sessions" | "clientRequests" | "tasks" | "handles" | "journals";

/** Serves a call. */
export type Serve = (call: Call) => Outcome | Promise<Outcome>;

/**
 * What watches a server at work: made by `observe` of `slipway/observe`, or one's own. What it throws would end the
 * request that it watches, so that it must not throw.
 */
export interface Observer {
  /**
   * Serves a call by `next`, whose outcome is the call's; around the limits, so that what they refuse is seen, too. A
   * call that goes on after its machine died, and the run of a task, are calls of their own.
   */
  serve(call: Call, next: Serve): Outcome | Promise<Outcome>;
  /**
   * A connection was made: `serve` begins to serve it, and all its requests are served in the asynchronous context in which
   * that is called. Only `serve` of `slipway/node` knows of connections.
   */
  connected?(serve: () => void): void;
  /** A request, or a message, was refused. */
  refused?(refusal: Refusal): void;
  /** Something has happened. */
  happened?(happening: Happening): void;
  /**
   * A server begins to be served.
   * @param load tells what is open there now
   * @param served where, and within which bounds
   * @returns called when it is served no more
   */
  watch?(load: () => Load, served: Served): () => void;
  /** An adapter that is to be used in the place of `adapter`, such as one that tells how long it takes. */
  adapter?<T extends object>(port: PortName, adapter: T): T;
}

/** Serves calls by `serve`, under the eyes of an observer where there is one. */
export function observed(observer: Observer | undefined, serve: Serve): Serve {
  return observer === undefined ? serve : (call) => observer.serve(call, serve);
}

/** The adapter to use for a port. */
export function observedAdapter<T extends object | undefined>(
  observer: Observer | undefined,
  port: PortName,
  adapter: T,
): T {
  return (adapter && observer?.adapter?.(port, adapter)) ?? adapter;
}
