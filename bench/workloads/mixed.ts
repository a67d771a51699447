import { Server } from "../engine/server.ts";
import { percentile } from "../engine/statistics.ts";
import type { Contestant, Metric, Running, Settings, Workload } from "../engine/types.ts";
import { whileWatching } from "../engine/watch.ts";
import { answerTo, wrong } from "../load/answers.ts";
import type { HttpResponse } from "../load/connection.ts";
import { type Caller, request, wire } from "../load/messages.ts";
import { atRate, type CheckedRequest, type RateResult } from "../load/rate.ts";
import { openSessions } from "../load/session.ts";
import { callAdd, checkSum } from "./checks.ts";

const SESSIONS = 64;

/** Requests a second: so few that the slowest contestant keeps up. */
const RATE = 1000;

/** Where the generator's own requests are later than this in the 99th percentile, it was too slow. */
const MAX_DELAY_MS = 5;

const P50: Metric = { name: "p50", unit: "ms", better: "lower" };
const P99: Metric = { name: "p99", unit: "ms", better: "lower" };
const P999: Metric = { name: "p99.9", unit: "ms", better: "lower" };

/** Eight calls of a tool, one listing, one ping. */
function mixed(caller: Caller, id: number, port: number): CheckedRequest {
  if (id % 10 === 4) {
    return {
      wire: wire(request(caller, id, "tools/list"), port),
      check: (response) => checkListing(response, id),
    };
  }
  if (id % 10 === 9) {
    return { wire: wire(request(caller, id, "ping"), port), check: (response) => checkPing(response, id) };
  }
  return { wire: wire(callAdd(caller, id), port), check: (response) => checkSum(response, id) };
}

function checkListing(response: HttpResponse, id: number): void {
  if (answerTo(id, response).result?.tools?.[0]?.name !== "add")
    throw wrong("the listing of one tool", response);
}

function checkPing(response: HttpResponse, id: number): void {
  if (answerTo(id, response).result === undefined) throw wrong("a result", response);
}

async function start(contestant: Contestant, { seconds, warmup }: Settings): Promise<Running> {
  const server = await Server.start(contestant, { kind: "call", mode: "sessions" });
  const { port } = server;
  let sent = 0;
  let sessions: string[];
  const next = () => {
    sent++;
    return mixed({ modern: false, sessionId: sessions[sent % SESSIONS] }, sent, port);
  };
  try {
    sessions = await openSessions(port, SESSIONS);
    if (warmup > 0) await atRate(port, SESSIONS, RATE, warmup, next);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    async run() {
      const { result, busy } = await whileWatching(() => atRate(port, SESSIONS, RATE, seconds, next));
      const { latencies } = result;
      return {
        values: {
          [P50.name]: percentile(latencies, 0.5),
          [P99.name]: percentile(latencies, 0.99),
          [P999.name]: percentile(latencies, 0.999),
        },
        busy,
        invalid: invalidity(result),
      };
    },
    stop: () => server.stop(),
  };
}

function invalidity({ delays, rate }: RateResult): string | undefined {
  const late = percentile(delays, 0.99);
  if (late > MAX_DELAY_MS) return `the load generator sent its requests ${late.toFixed(1)} ms late`;
  if (rate < RATE * 0.95) return `the server kept up with ${Math.round(rate)} requests/s only`;
  return undefined;
}

export const mixedRate: Workload = {
  name: "mixed",
  title: `${SESSIONS} concurrent sessions, mixed calls at ${RATE} requests/s`,
  tables: [
    {
      name: "mixed",
      title: "latency",
      metrics: [P99, P50, P999],
      contestants: ["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"],
      start,
    },
  ],
};
