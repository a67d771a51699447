// The interfaces of adapters as the documentation of the API shows them. What implements them, and no more, must
// be good enough for a transport.
import type { EventId, SessionData, SessionMeta, WriteFunction } from "slipway";

type Response = unknown;

// biome-ignore-start format: as it is written in the documentation of the API
export interface SessionAdapter {
  generateSessionId(): string;
  create(id: string, meta: SessionMeta): Promise<SessionData>;
  has(id: string): Promise<boolean>;
  get(id: string): Promise<SessionData | undefined>;
  appendEvent(id: string, streamId: string, message: unknown): Promise<EventId>;
  replay(id: string, lastEventId: EventId, write: WriteFunction): Promise<void>;
  delete(id: string): Promise<void>;
}

export interface ClientRequestAdapter {
  createPending(
    sessionId: string,
    requestId: string,
    options?: { timeoutMs?: number },
  ): { promise: Promise<Response> };
  resolvePending(sessionId: string, requestId: string, response: Response): boolean;
  rejectPending(sessionId: string, requestId: string, error: Error): boolean;
}
// biome-ignore-end format: as above
