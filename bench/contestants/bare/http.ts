import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../shared/process.ts";

export interface Message {
  id: number;
  method: string;
  // biome-ignore lint/suspicious/noExplicitAny: the bare limit trusts what it is sent
  params: any;
}

/** Reads and parses a body, and does no more than that. */
export function listenBare(
  serve: (message: Message, response: ServerResponse, request: IncomingMessage) => void,
  serveStream: (response: ServerResponse) => void = stream,
): void {
  listen((request, response) => {
    if (request.method === "GET") return serveStream(response);
    readBody(request, (body) => serve(JSON.parse(body.toString()), response, request));
  });
}

function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

/** Answers with JSON, in one write. */
export function respond(response: ServerResponse, body: string, sessionId?: string): void {
  const headers = ["content-type", "application/json"];
  if (sessionId !== undefined) headers.push("mcp-session-id", sessionId);
  headers.push("content-length", String(Buffer.byteLength(body)));
  response.writeHead(200, headers).end(body);
}

/** Answers with an event stream. */
export function stream(response: ServerResponse): void {
  response.writeHead(200, [
    ...["content-type", "text/event-stream"],
    ...["cache-control", "no-cache, no-transform"],
    ...["x-accel-buffering", "no"],
  ]);
  response.flushHeaders();
}

const isModern = process.env["MODE"] === "modern";

/** What a result says besides what was asked for, in the revision that has it. */
export const trailer = isModern
  ? {
      resultType: "complete",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "bench", version: "1.0.0" } },
    }
  : {};
