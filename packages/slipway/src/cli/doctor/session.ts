import type { Admitted } from "./exam.ts";
import {
  initializeRequest,
  legacyNotification,
  legacyRequest,
  type SessionRef,
  saidIn,
  sessionHeaders,
} from "./messages.ts";

/** A session that was opened, or none where the server has none. */
export interface Session extends SessionRef {
  /** Cookies that came with it. */
  readonly cookies: readonly string[];
}

/** Opens a session as a client of a revision with handshake does. @throws Error when the server does not answer as it should */
export async function openSession({ wire }: Admitted, version: string): Promise<Session> {
  const reply = await wire.send(initializeRequest(version));
  const { result, error } = saidIn(reply) ?? {};
  if (result === undefined) {
    throw new Error(`initialize was answered with status ${reply.status}: ${error?.message ?? "no result"}`);
  }
  const id = reply.headers["mcp-session-id"];
  const session = {
    id: typeof id === "string" ? id : undefined,
    version: String(result["protocolVersion"]),
    cookies: (reply.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0] ?? ""),
  };
  await wire.send(legacyNotification(session, "notifications/initialized"));
  return session;
}

/** Ends it, as far as the server lets clients do so. */
export async function closeSession({ wire }: Admitted, session: Session): Promise<void> {
  if (session.id === undefined) return;
  await wire.send({ method: "DELETE", headers: sessionHeaders(session) }).catch(() => {});
}

/** Whether an instance knows the session: a request that does nothing. */
export async function ping({ wire }: Admitted, session: Session, cookies = false) {
  const request = legacyRequest(session, "ping");
  const cookie = cookies ? { cookie: session.cookies.join("; ") } : undefined;
  return wire.send({ ...request, headers: { ...request.headers, ...cookie } });
}
