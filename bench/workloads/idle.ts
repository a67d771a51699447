import type { Socket } from "node:net";
import { Server } from "../engine/server.ts";
import type { Contestant, Metric, Running, Sample, Table, Workload } from "../engine/types.ts";
import { legacyHeaders, wire } from "../load/messages.ts";
import { openSessions } from "../load/session.ts";
import { closeStreams, openStreams } from "../load/streams.ts";

const SESSIONS = 10_000;
const STREAMS = 5_000;

/** So many are opened before, lest code and caches that come with the first ones be counted. */
const WARMUP = 200;

/** Where opening takes longer than this, as many are counted as were opened. */
const PATIENCE_MS = 5_000;

const HEAP: Metric = { name: "heap", unit: "bytes", better: "lower" };
const RSS: Metric = { name: "rss", unit: "bytes", better: "lower" };
const COUNT: Metric = { name: "opened", unit: "", better: "higher" };

const EVERYBODY = ["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"];

/** Every run has a server of its own, since memory that was used once is not given back. */
function weighing(
  table: Pick<Table, "name" | "title" | "target">,
  weigh: (server: Server) => Promise<Sample>,
): Table {
  const start = async (contestant: Contestant): Promise<Running> => ({
    async run() {
      const kind = contestant.name === "bare" ? "idle" : "call";
      const server = await Server.start(contestant, { kind, mode: "sessions", flags: ["--expose-gc"] });
      try {
        return await weigh(server);
      } finally {
        await server.stop();
      }
    },
    stop: async () => {},
  });
  return { ...table, metrics: [HEAP, RSS, COUNT], contestants: EVERYBODY, start };
}

/** What each of the things takes that `open` brings about. */
async function perThing(server: Server, open: () => Promise<readonly unknown[]>): Promise<Sample> {
  const before = await server.memory();
  const count = (await open()).length;
  const after = await server.memory();
  return {
    values: {
      [HEAP.name]: (after.heap - before.heap) / count,
      [RSS.name]: (after.rss - before.rss) / count,
      [COUNT.name]: count,
    },
  };
}

async function weighSessions(server: Server): Promise<Sample> {
  await openSessions(server.port, WARMUP);
  return perThing(server, () => openSessions(server.port, SESSIONS, PATIENCE_MS));
}

/** The sessions of the streams are there before, and are not counted. */
async function weighStreams(server: Server): Promise<Sample> {
  const { port } = server;
  const sessions = await openSessions(port, WARMUP + STREAMS, PATIENCE_MS);
  const requests = sessions.map((sessionId) =>
    wire({ method: "GET", headers: legacyHeaders(sessionId), body: "" }, port),
  );
  const first = await openStreams(port, requests.slice(0, WARMUP));
  let more: Socket[] = [];
  const sample = await perThing(server, async () => {
    more = await openStreams(port, requests.slice(WARMUP));
    return more;
  });
  closeStreams([...first, ...more]);
  return sample;
}

export const idle: Workload = {
  name: "idle",
  title: "Memory of what waits",
  tables: [
    weighing(
      { name: "idle-sessions", title: "10,000 idle sessions, bytes each", target: { value: 1536 } },
      weighSessions,
    ),
    weighing(
      { name: "idle-streams", title: "5,000 open event streams, bytes each", target: { ratio: 1.3 } },
      weighStreams,
    ),
  ],
};
