import type { HttpResponse } from "./connection.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of other programs, checked by each workload
export type Answer = any;

/** The messages of a response, whether it is JSON or an event stream. */
export function messagesOf(response: HttpResponse): Answer[] {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) return [JSON.parse(response.body)];
  return eventsOf(response.body);
}

/** The messages in the text of an event stream; events without data are left out. */
export function eventsOf(text: string): Answer[] {
  return [...text.matchAll(/^data: ?(.+)$/gm)].map(([, data = ""]) => JSON.parse(data));
}

/** The answer to a request. */
export function answerTo(id: number, response: HttpResponse): Answer {
  if (response.status !== 200) throw wrong("status 200", response);
  const answer = messagesOf(response).find((message) => message.id === id && message.method === undefined);
  if (answer === undefined) throw wrong(`an answer with the id ${id}`, response);
  return answer;
}

/** Says that an answer is not what it has to be. */
export function wrong(expected: string, response: HttpResponse): Error {
  return new Error(`Expected ${expected}, got status ${response.status}: ${response.body.slice(0, 500)}`);
}
