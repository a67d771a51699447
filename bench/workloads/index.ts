import type { Workload } from "../engine/types.ts";
import { auth } from "./auth.ts";
import { callModern, callSession, callStateless } from "./call.ts";
import { coldStart } from "./cold-start.ts";
import { delivery } from "./delivery.ts";
import { elicit } from "./elicit.ts";
import { idle } from "./idle.ts";
import { limits } from "./limits.ts";
import { list } from "./list.ts";
import { mixedRate } from "./mixed.ts";
import { observe, observeParts } from "./observe.ts";
import { redisSessions } from "./redis-sessions.ts";
import { sessionPostgres, sessionRedis } from "./session-store.ts";
import { stdio } from "./stdio.ts";
import { stream } from "./stream.ts";

/** In the order in which they are run and shown. */
export const WORKLOADS: readonly Workload[] = [
  callModern,
  callSession,
  callStateless,
  auth,
  limits,
  observe,
  observeParts,
  sessionRedis,
  sessionPostgres,
  stream,
  list,
  elicit,
  delivery,
  idle,
  redisSessions,
  mixedRate,
  coldStart,
  stdio,
];
