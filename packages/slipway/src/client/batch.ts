import { RawMessage } from "./raw-message.ts";

/** The messages in a text: one, or several in an array, which early revisions may send. */
export function messagesIn(text: string, status?: number): RawMessage[] {
  if (!text.trimStart().startsWith("[")) return [new RawMessage(text, status)];
  let batch: unknown;
  try {
    batch = JSON.parse(text);
  } catch {
    return [new RawMessage(text, status)];
  }
  return (batch as unknown[]).map((one) => new RawMessage(JSON.stringify(one), status));
}
