import { answerTo, messagesOf, wrong } from "../load/answers.ts";
import type { HttpResponse } from "../load/connection.ts";
import { type Caller, callTool, type HttpRequest } from "../load/messages.ts";

const A = 20;
const B = 22;

export function callAdd(caller: Caller, id: number): HttpRequest {
  return callTool(caller, id, "add", { a: A, b: B });
}

/** The sum has to be right, as structure and as text, in the one answer there is. */
export function checkSum(response: HttpResponse, id: number): void {
  const { result } = answerTo(id, response);
  const asText = result?.content?.[0]?.text;
  if (result?.structuredContent?.sum !== A + B || asText !== JSON.stringify({ sum: A + B })) {
    throw wrong(`the sum ${A + B}`, response);
  }
}

export function callCount(caller: Caller, id: number): HttpRequest {
  return callTool(caller, id, "count", {}, { progressToken: id });
}

/** All steps in order, each with the token, and then the answer. */
export function checkCount(response: HttpResponse, id: number): void {
  const messages = messagesOf(response);
  const steps = messages.slice(0, -1);
  const inOrder = steps.every(
    ({ method, params }, index) =>
      method === "notifications/progress" && params.progressToken === id && params.progress === index + 1,
  );
  if (steps.length !== 100 || !inOrder) throw wrong("a hundred progress notifications in order", response);
  if (answerTo(id, response).result?.content?.[0]?.text !== "done") throw wrong(`the text "done"`, response);
}
