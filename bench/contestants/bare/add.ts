import { type Message, trailer } from "./http.ts";

/** Adds, and makes the response's text. */
export function answerAdd({ id, params }: Message): string {
  const structuredContent = { sum: params.arguments.a + params.arguments.b };
  const content = [{ type: "text", text: JSON.stringify(structuredContent) }];
  return JSON.stringify({ jsonrpc: "2.0", id, result: { content, structuredContent, ...trailer } });
}
