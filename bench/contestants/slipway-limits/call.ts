// Slipway, with every kind of limit that holds for a call. None is reached.
import { limits, perSecond, redisLimits } from "slipway/limits";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const PLENTY = perSecond(10_000_000);
const { STORE: url } = process.env;

async function store() {
  if (url === undefined) return undefined;
  const { Redis } = await import("ioredis");
  return redisLimits(new Redis(url, { lazyConnect: true }));
}

const bounds =
  url === undefined
    ? limits({
        address: PLENTY,
        principal: PLENTY,
        quotas: { principal: { day: 1_000_000_000 } },
        tools: { add: { rate: PLENTY } },
        inFlight: { principal: 1_000, total: 10_000 },
        timeoutMs: 30_000,
      })
    : limits({ principal: PLENTY, store: await store(), storeTimeoutMs: 10_000, whenStoreAway: "closed" });

await serveHttp(addServer(), { limits: bounds });
