import type { Workload } from "../engine/types.ts";
import { callModern, callSession, callStateless } from "./call.ts";
import { coldStart } from "./cold-start.ts";
import { elicit } from "./elicit.ts";
import { idle } from "./idle.ts";
import { list } from "./list.ts";
import { mixedRate } from "./mixed.ts";
import { stdio } from "./stdio.ts";
import { stream } from "./stream.ts";

/** In the order in which they are run and shown. */
export const WORKLOADS: readonly Workload[] = [
  callModern,
  callSession,
  callStateless,
  stream,
  list,
  elicit,
  idle,
  mixedRate,
  coldStart,
  stdio,
];
