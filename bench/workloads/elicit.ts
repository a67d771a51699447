import { type Mode, Server } from "../engine/server.ts";
import type { Contestant, Running, Settings, Table, Workload } from "../engine/types.ts";
import { whileWatching } from "../engine/watch.ts";
import { type Asked, askedInResult, askedOnStream, roundTripsPerSecond } from "../load/elicitation.ts";

const CLIENTS = 32;
const ROUND_TRIPS = { name: "rate", unit: "round trips/s", better: "higher" } as const;

type NewClient = (port: number) => Promise<Asked>;

function elicitations(
  table: Pick<Table, "name" | "title" | "contestants" | "target">,
  mode: Mode,
  newClient: NewClient,
): Table {
  return {
    ...table,
    metrics: [ROUND_TRIPS],
    start: (contestant, settings) => startElicitation(mode, newClient, contestant, settings),
  };
}

async function startElicitation(
  mode: Mode,
  newClient: NewClient,
  contestant: Contestant,
  { seconds, warmup }: Settings,
): Promise<Running> {
  const server = await Server.start(contestant, { kind: "elicit", mode });
  try {
    await withClients(server.port, newClient, (clients) => roundTripsPerSecond(clients, warmup));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    run: () =>
      withClients(server.port, newClient, async (clients) => {
        const { result, busy } = await whileWatching(() => roundTripsPerSecond(clients, seconds));
        return { values: { [ROUND_TRIPS.name]: result }, busy };
      }),
    stop: () => server.stop(),
  };
}

/** New ones for each run, since servers close connections that rest between two. */
async function withClients<T>(
  port: number,
  newClient: NewClient,
  work: (clients: readonly Asked[]) => Promise<T>,
): Promise<T> {
  const clients: Asked[] = [];
  try {
    while (clients.length < CLIENTS) clients.push(await newClient(port));
    return await work(clients);
  } finally {
    for (const client of clients) client.close();
  }
}

export const elicit: Workload = {
  name: "elicit",
  title: "A tool call that asks the user: the whole round trip",
  tables: [
    elicitations(
      {
        name: "elicit-modern",
        title: "modern, the call's state sealed and carried by the client",
        // The one that does the same work is the limit: what the client carries has to be sealed.
        contestants: ["bare-sealed", "bare", "slipway", "sdk-v2", "tmcp"],
        target: { ratio: 0.5 },
      },
      "modern",
      askedInResult,
    ),
    elicitations(
      {
        name: "elicit-session",
        title: "legacy, over the call's stream",
        contestants: ["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"],
      },
      "sessions",
      askedOnStream,
    ),
  ],
};
