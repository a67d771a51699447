import { SseReader } from "../../client/http/sse-reader.ts";
import { Side } from "../../client/side.ts";
import { type Revision, revisionOf } from "../../protocol/eras/index.ts";
import { isObject, type Params } from "../../protocol/jsonrpc.ts";
import { CLIENT_INFO } from "../connect.ts";
import type { Answer, Reply, Sent } from "./wire.ts";

const JSON_OR_STREAM = "application/json, text/event-stream";
const POSTED = { accept: JSON_OR_STREAM, "content-type": "application/json" };

let lastId = 0;

/** A request of a revision without handshake. */
export function modernRequest(version: string, method: string, params: Params = {}): Sent {
  const side = sideOf(version);
  const sent = side.params(params, undefined);
  return {
    headers: { ...POSTED, ...side.headers(method, sent) },
    body: JSON.stringify({ jsonrpc: "2.0", id: ++lastId, method, params: sent }),
  };
}

/** The request by which a session is opened. */
export function initializeRequest(version: string): Sent {
  const { info, capabilities } = sideOf(version);
  const params = { protocolVersion: version, capabilities, clientInfo: info };
  return {
    headers: POSTED,
    body: JSON.stringify({ jsonrpc: "2.0", id: ++lastId, method: "initialize", params }),
  };
}

function sideOf(version: string): Side {
  return new Side(revisionOf(version) as Revision, { info: CLIENT_INFO });
}

/** What remembers the client where there are sessions. */
export interface SessionRef {
  readonly id: string | undefined;
  readonly version: string;
}

export function sessionHeaders({ id, version }: SessionRef): Record<string, string> {
  return { "mcp-protocol-version": version, ...(id !== undefined && { "mcp-session-id": id }) };
}

/** A request of a revision with handshake. */
export function legacyRequest(session: SessionRef, method: string, params: Params = {}): Sent {
  return {
    headers: { ...POSTED, ...sessionHeaders(session) },
    body: JSON.stringify({ jsonrpc: "2.0", id: ++lastId, method, params }),
  };
}

export function legacyNotification(session: SessionRef, method: string): Sent {
  return {
    headers: { ...POSTED, ...sessionHeaders(session) },
    body: JSON.stringify({ jsonrpc: "2.0", method }),
  };
}

/** Opens the stream for what the server says out of turn, or resumes one. */
export function streamRequest(session: SessionRef, lastEventId?: string): Sent {
  return {
    method: "GET",
    headers: {
      accept: "text/event-stream",
      ...sessionHeaders(session),
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    },
  };
}

export interface Said {
  readonly result?: { readonly [name: string]: unknown };
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
}

/** The response in an answer, be that JSON or an event stream; undefined where there is none. */
export function saidIn({ text, answer }: Reply): Said | undefined {
  const texts = answer.isEventStream
    ? new SseReader(Number.POSITIVE_INFINITY).push(Buffer.from(text)).map(({ data }) => data)
    : [text];
  for (const one of texts) {
    try {
      const value: unknown = JSON.parse(one);
      if (isObject(value) && (isObject(value["result"]) || isObject(value["error"]))) return value as Said;
    } catch {
      // Pages of proxies are no JSON.
    }
  }
  return undefined;
}

export interface FirstEvents {
  /** The first message on the stream; undefined where none came in time. */
  readonly data: string | undefined;
  /** The id of the first event that has one. */
  readonly eventId: string | undefined;
  /** When the first bytes came; undefined where none did. */
  readonly firstMs: number | undefined;
  readonly ended: boolean;
}

/** Reads the beginning of an event stream, until it has an event with data, or an id where that is enough. */
export async function firstEvents(
  answer: Answer,
  withinMs: number,
  idIsEnough: boolean,
): Promise<FirstEvents> {
  const reader = new SseReader(Number.POSITIVE_INFINITY);
  const until = performance.now() + withinMs;
  let firstMs: number | undefined;
  for (;;) {
    const arrival = await answer.next(until - performance.now());
    if (arrival.kind !== "bytes") {
      return { data: undefined, eventId: reader.lastEventId, firstMs, ended: arrival.kind === "end" };
    }
    firstMs ??= arrival.afterMs;
    const [event] = reader.push(arrival.bytes);
    if (event !== undefined || (idIsEnough && reader.lastEventId !== undefined)) {
      return { data: event?.data, eventId: reader.lastEventId, firstMs, ended: false };
    }
  }
}
