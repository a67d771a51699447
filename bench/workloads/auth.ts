import type { Table, Workload } from "../engine/types.ts";
import { token, tokenEnv } from "../load/token.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, throughput } from "./throughput.ts";

const title =
  "tools/call, modern, with an access token (JWT, ES256): not looked at, remembered, checked anew each time";

const table: Table = {
  name: "auth",
  title,
  metrics: THROUGHPUT,
  contestants: ["slipway", "slipway-jwt", "slipway-jwt-anew"],
  start: throughput({
    kind: "call",
    mode: "modern",
    env: tokenEnv,
    request: (caller, id) => {
      const { headers, ...request } = callAdd(caller, id);
      return { ...request, headers: { ...headers, authorization: `Bearer ${token}` } };
    },
    check: checkSum,
  }),
};

export const auth: Workload = { name: "auth", title, tables: [table] };
