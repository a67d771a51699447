import { Connection } from "./connection.ts";
import { initialize, post, wire } from "./messages.ts";

/** Opens a session, as a client does. */
export async function openSession(connection: Connection, port: number): Promise<string> {
  const opened = await connection.send(wire(initialize(), port));
  const id = opened.headers.get("mcp-session-id");
  if (opened.status !== 200 || id === undefined) {
    throw new Error(`No session was opened, got status ${opened.status}: ${opened.body.slice(0, 500)}`);
  }
  const told = await connection.send(wire(post(id, { method: "notifications/initialized" }), port));
  if (told.status >= 300)
    throw new Error(`The session did not begin, got status ${told.status}: ${told.body}`);
  return id;
}

/** How many clients open sessions at the same time: some servers let each of them wait. */
const AT_A_TIME = 64;

/** @param patienceMs after how many milliseconds no further ones are opened */
export async function openSessions(
  port: number,
  count: number,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const ids: string[] = [];
  const end = performance.now() + patienceMs;
  let begun = 0;
  const client = async () => {
    const connection = await Connection.open(port);
    try {
      while (begun++ < count && performance.now() < end) ids.push(await openSession(connection, port));
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, count) }, client));
  return ids;
}
