import { Server } from "../engine/server.ts";
import { percentile } from "../engine/statistics.ts";
import { type StoreKind, type StoreServer, uponStore } from "../engine/store.ts";
import type { Contestant, Metric, Running, Settings, Table, Workload } from "../engine/types.ts";
import { type Delivery, Listener } from "../load/delivery.ts";

const P50: Metric = { name: "p50", unit: "ms", better: "lower" };
const P99: Metric = { name: "p99", unit: "ms", better: "lower" };

const SAID = "bench://said";

function deliveries(name: string, title: string, kind: StoreKind): Table {
  return {
    name,
    title,
    metrics: [P50, P99],
    contestants: ["store", "bare", "slipway"],
    start: (contestant, settings) => uponStore(kind, contestant, settings, start),
  };
}

/** Two instances of a contestant upon one store. */
async function start(
  contestant: Contestant,
  { seconds, warmup }: Settings,
  store: StoreServer,
): Promise<Running> {
  const options = { kind: "delivery", mode: "sessions", env: { STORE: store.url } } as const;
  const speaking = await Server.start(contestant, options);
  const servers = [speaking];
  const stop = async () => {
    for (const server of servers) await server.stop();
  };
  try {
    const listening = await Server.start(contestant, options);
    servers.push(listening);
    await deliver(speaking, listening, warmup);
    return {
      async run() {
        const times = (await deliver(speaking, listening, seconds)).map(({ arrived, heard = Number.NaN }) =>
          contestant.name === "store" ? heard : arrived,
        );
        return { values: { [P50.name]: percentile(times, 0.5), [P99.name]: percentile(times, 0.99) } };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One event after the other, for so many seconds. */
async function deliver(speaking: Server, listening: Server, seconds: number): Promise<Delivery[]> {
  const listener = await Listener.open(speaking.port, listening.port, SAID);
  try {
    const done: Delivery[] = [];
    for (const end = performance.now() + seconds * 1000; performance.now() < end; )
      done.push(await listener.deliver());
    return done;
  } finally {
    listener.close();
  }
}

export const delivery: Workload = {
  name: "delivery",
  title: "From an event on one instance to a stream on another",
  tables: [
    deliveries("delivery-redis", "over Redis, next to its publish to subscriber", "redis"),
    deliveries("delivery-postgres", "over Postgres, next to its NOTIFY to listener", "postgres"),
  ],
};
