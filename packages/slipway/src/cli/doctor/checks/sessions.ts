import type { Admitted } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { closeSession, openSession, ping, type Session } from "../session.ts";
import type { Reply } from "../wire.ts";

const SESSIONS = new Findings("sessions");
const UNKNOWN = new Findings("unknown-session");
const INSTANCES = new Findings("instances");

/** So many sessions, each on so many connections, find the other one of two instances nearly surely. */
const COUNT = 3;
const TRIES = 8;

/** Whether a session that was opened on one connection is known on every other. */
export async function checkSessions(exam: Admitted): Promise<Finding[]> {
  const { legacy, onlySse } = exam;
  if (legacy === undefined)
    return [SESSIONS.fine("There are no sessions: any instance can serve any request.")];
  if (onlySse) return [SESSIONS.skipped("Sessions of HTTP+SSE live on their stream, and were not tried.")];
  const sessions: Session[] = [];
  const replies: Reply[] = [];
  let lost = 0;
  let busy = 0;
  try {
    for (let count = 0; count < COUNT; count++) {
      const session = await openSession(exam, legacy);
      if (session.id === undefined) return [withoutSessions()];
      sessions.push(session);
      for (let turn = 0; turn < TRIES; turn++) {
        const reply = await ping(exam, session);
        replies.push(reply);
        if (isBusy(reply.status)) busy++;
        else if (reply.status >= 400) lost++;
      }
    }
    if (busy > 0 && lost === 0) return [tooBusy()];
    const findings = [lost === 0 ? known(sessions) : await unknown(exam, sessions, lost, replies)];
    return [...findings, instances(replies), await unknownSession(exam, sessions[0] as Session)];
  } finally {
    await Promise.all(sessions.map((session) => closeSession(exam, session)));
  }
}

/** Statuses that say nothing about the session. */
function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

function tooBusy(): Finding {
  return SESSIONS.skipped(
    "The server was too busy, or lets this machine send no more requests for now, so that it cannot be told whether sessions hold.",
    "Look again later, or with credentials that may do more.",
  );
}

function withoutSessions(): Finding {
  return SESSIONS.note(
    "Clients of revisions with handshake get no session: any instance can serve them, but they cannot be asked anything, nor told of changes.",
    "Give the server a sessionAdapter or a store if its tools ask the user.",
  );
}

function known(sessions: readonly Session[]): Finding {
  const cookies = sessions.some((session) => session.cookies.length > 0);
  const seen = `Each of ${COUNT} sessions is known on each of ${TRIES} connections`;
  const data = { data: { sessions: COUNT, connections: TRIES, lost: 0, cookies } };
  if (cookies) {
    return SESSIONS.note(
      `${seen}, although the balancer sets a cookie for stickiness, which MCP clients do not keep.`,
      "Nothing, if the instances share a store; the cookie is then of no use.",
      data,
    );
  }
  return SESSIONS.fine(
    `${seen}: the instances share them, or there is one, or the balancer goes by the session or this machine's address.`,
    data,
  );
}

async function unknown(
  exam: Admitted,
  sessions: readonly Session[],
  lost: number,
  replies: readonly Reply[],
): Promise<Finding> {
  const [session] = sessions;
  const data = { data: { sessions: COUNT, connections: TRIES, lost, requests: replies.length } };
  const message = `Sessions are not known on every connection: ${lost} of ${replies.length} requests were refused. Clients lose their session in the midst of their work.`;
  const remedy =
    "Let all instances share a store (redisStore, postgresStore), or have the balancer route by the Mcp-Session-Id header.";
  if (session !== undefined && session.cookies.length > 0) {
    const withCookie = await Promise.all(Array.from({ length: TRIES }, () => ping(exam, session, true)));
    if (withCookie.every(({ status }) => status < 400)) {
      return SESSIONS.error(
        `${message} The balancer is sticky by a cookie, which MCP clients do not keep.`,
        remedy,
        data,
      );
    }
  }
  return SESSIONS.error(message, remedy, data);
}

/** Headers by which deployments tell which instance has answered. */
const NAMES = [
  "x-served-by",
  "x-instance",
  "x-instance-id",
  "x-backend",
  "x-backend-server",
  "x-server",
  "x-server-id",
  "x-upstream",
  "x-pod",
  "x-pod-name",
  "x-hostname",
  "fly-machine-id",
  "x-amzn-instance",
];

function instances(replies: readonly Reply[]): Finding {
  const name = NAMES.find((one) => replies.some(({ headers }) => headers[one] !== undefined));
  if (name === undefined) {
    return INSTANCES.skipped("No header tells which instance has answered, so that they cannot be counted.");
  }
  const seen = new Set(replies.map(({ headers }) => String(headers[name])));
  const data = { data: { header: name, instances: seen.size } };
  return seen.size > 1
    ? INSTANCES.fine(`${seen.size} instances have answered (${name}).`, data)
    : INSTANCES.note(
        `Always the same instance has answered (${name}): what others know was not tried.`,
        undefined,
        data,
      );
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management */
async function unknownSession(exam: Admitted, session: Session): Promise<Finding> {
  const { status } = await ping(exam, { ...session, id: crypto.randomUUID() });
  if (isBusy(status)) return UNKNOWN.skipped(`The server was too busy to say (${status}).`);
  if (status === 404)
    return UNKNOWN.fine("A session that is not known is answered with 404, so that clients open another.");
  const message = `A session that is not known is answered with ${status}`;
  return status >= 200 && status < 300
    ? UNKNOWN.warning(`${message}: whoever guesses an id is served.`, "Refuse unknown sessions with 404.")
    : UNKNOWN.error(
        `${message}, not with 404: clients do not open another, and fail for good when the server has been started again.`,
        "Answer with 404, and let the proxy in front pass it on.",
      );
}
