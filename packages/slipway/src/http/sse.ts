/**
 * Server-Sent Events.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

/** One message. JSON text holds no line breaks, so that it is one line of data. */
export function sseMessage(json: string, eventId?: string): string {
  return eventId === undefined ? `data: ${json}\n\n` : `id: ${eventId}\ndata: ${json}\n\n`;
}

/** An event without data: gives the client an id to come back with, and how long to wait before. */
export function ssePriming(eventId: string, retryMs: number): string {
  return `id: ${eventId}\nretry: ${retryMs}\ndata: \n\n`;
}

export function sseRetry(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

export function sseNamed(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

/** A comment, which clients skip and proxies count as traffic. */
export const SSE_KEEP_ALIVE = ":\n\n";
