import { messagesIn } from "../batch.ts";
import { ClientError, reasonOf } from "../errors.ts";
import type { RawMessage } from "../raw-message.ts";
import type { SseReader } from "./sse-reader.ts";

/**
 * A body's bytes, as they come.
 * @throws ClientError `connection` when it breaks off
 */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new ClientError("connection", `The connection broke: ${reasonOf(cause)}`, { cause });
      });
      if (done) break;
      yield value;
    }
    whole = true;
  } finally {
    // Who stops reading has what they need; the rest need not be sent.
    if (!whole) await reader.cancel().catch(() => {});
  }
}

/** @throws ClientError `protocol` when the body is longer than it may be */
export async function textOf(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of chunksOf(response)) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The JSON-RPC messages of an event stream. */
export async function* messagesOf(response: Response, reader: SseReader): AsyncGenerator<RawMessage> {
  for await (const chunk of chunksOf(response)) {
    for (const { event, data } of reader.push(chunk)) if (event === "message") yield* messagesIn(data);
  }
}

export function isEventStream(response: Response): boolean {
  return /^\s*text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
}

function tooLong(max: number): ClientError {
  return new ClientError("protocol", `The server sent a message of more than ${max} bytes.`);
}
