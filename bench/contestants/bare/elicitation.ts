import type { ServerResponse } from "node:http";
import { keepsSessions } from "../shared/process.ts";
import { openEvents } from "./events.ts";
import { listenBare, type Message, respond, trailer } from "./http.ts";

interface Seal {
  seal(state: string): string;
  open(text: string): string;
}

const params = {
  mode: "form",
  requestedSchema: { type: "object", properties: { sure: { type: "boolean" } }, required: ["sure"] },
};

function question(item: string) {
  return { method: "elicitation/create", params: { ...params, message: `Delete ${item}?` } };
}

function result(id: number, item: string, sure: boolean) {
  const text = sure ? `Deleted ${item}.` : `Kept ${item}.`;
  return { jsonrpc: "2.0", id, result: { content: [{ type: "text", text }], ...trailer } };
}

/** Asks on the stream or in the result, and says what was decided. */
export function serveElicitation(seal: Seal): void {
  listenBare(keepsSessions ? askOnStream : (message, response) => askInResult(seal, message, response));
}

const pending = new Map<string, (content: { sure: boolean }) => void>();
let asked = 0;

function askOnStream(
  message: Message & { result?: { content: { sure: boolean } } },
  response: ServerResponse,
) {
  const { id, method, params } = message;
  if (method === "initialize")
    return respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), "bare");
  if (method === undefined) {
    pending.get(String(id))?.(message.result?.content ?? { sure: false });
    pending.delete(String(id));
  }
  if (method !== "tools/call") return response.writeHead(202, ["content-length", "0"]).end();
  const { item } = params.arguments;
  const send = openEvents(response);
  const questionId = `question-${asked++}`;
  send({ jsonrpc: "2.0", id: questionId, ...question(item) });
  pending.set(questionId, ({ sure }) => {
    send(result(id, item, sure));
    response.end();
  });
}

function askInResult(seal: Seal, { id, params }: Message, response: ServerResponse) {
  const { item } = params.arguments;
  if (params.requestState !== undefined) {
    const { key } = JSON.parse(seal.open(params.requestState));
    return respond(response, JSON.stringify(result(id, item, params.inputResponses[key].content.sure)));
  }
  const key = "elicitation-1";
  const required = {
    resultType: "input_required",
    inputRequests: { [key]: question(item) },
    requestState: seal.seal(JSON.stringify({ expires: Date.now() + 3_600_000, key, item })),
    _meta: trailer._meta,
  };
  respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: required }));
}
