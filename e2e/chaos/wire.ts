import { setTimeout as pause } from "node:timers/promises";

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly progress?: number; readonly message?: string; readonly uri?: string };
  // biome-ignore lint/suspicious/noExplicitAny: results of any kind
  readonly result?: any;
  readonly error?: { readonly message: string };
}

export interface Event {
  readonly id: string | undefined;
  readonly message: Message;
}

/** The connection broke, or could not be made. */
export class BrokenError extends Error {}

/** A server that is there said nothing for so long that something must be wrong. */
export class SilentError extends Error {}

/** For so long a server may say nothing at all, in milliseconds: longer than it waits for its store. */
const SILENT_MS = 30_000;

/** Sends a request, and answers with what came back of its head. */
export async function send(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), SILENT_MS);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([init.signal, silent.signal]) });
  } catch (error) {
    if (silent.signal.aborted) throw new SilentError(`${init.method ?? "GET"} ${init.body}`);
    throw new BrokenError(`${error}: ${(error as Error).cause}`);
  } finally {
    clearTimeout(timer);
  }
}

/** How often a request is sent again that was refused for now. */
const RETRIES = 10;

/** Sends a request, and again where it is told to come back a little later: it was not begun then. */
export async function sendAgain(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  for (let left = RETRIES; ; left--) {
    const response = await send(url, init);
    const retryAfter = response.headers.get("retry-after");
    if (response.status !== 503 || retryAfter === null || left === 0) return response;
    await response.body?.cancel();
    await pause(Number(retryAfter) * 1_000);
  }
}

/** Does something again until it works: what a client does that finds no server, or one without its store. */
export async function persistently(
  untilMs: number,
  request: () => Promise<Response>,
): Promise<Response | undefined> {
  while (Date.now() < untilMs) {
    try {
      const response = await request();
      if (response.status < 500) return response;
      await response.body?.cancel();
    } catch (error) {
      if (!(error instanceof BrokenError)) throw error;
    }
    await pause(100);
  }
  return undefined;
}

/** The events of a stream, as far as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<Event> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const chunk = await reader?.read().catch(() => undefined);
      if (chunk === undefined || chunk.done) return;
      buffer += chunk.value;
      for (let end = buffer.indexOf("\n\n"); end !== -1; end = buffer.indexOf("\n\n")) {
        const lines = buffer.slice(0, end).split("\n");
        buffer = buffer.slice(end + 2);
        const id = lines.find((line) => line.startsWith("id: "))?.slice(4);
        const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
        if (id !== undefined || data) yield { id, message: data ? JSON.parse(data) : {} };
      }
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

export async function jsonOf(response: Response): Promise<Message> {
  try {
    return (await response.json()) as Message;
  } catch {
    throw new BrokenError("The body broke off.");
  }
}

export function isEventStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}
