import type { ServeOptions } from "../../node/index.ts";
import type { Store } from "../../ports/index.ts";
import type { Limits } from "../../server/index.ts";
import { UsageError } from "../command.ts";
import type { Resolved, SERVE_SETTINGS } from "../settings/index.ts";
import { authOf } from "./auth.ts";

export type ServeValues = Resolved<typeof SERVE_SETTINGS>;

/**
 * What `serve` of `slipway/node` is to be told.
 * @throws UsageError when settings do not go together
 */
export async function serveOptions(
  values: ServeValues,
  store: Store | undefined,
  cwd: string,
): Promise<ServeOptions> {
  const { port, host, path, stateSecrets, allowedHosts, allowedOrigins, httpSse } = values;
  if (!/^\/[^?#]*$/.test(path))
    throw new UsageError(`--path: expected one that begins with "/", got "${path}".`);
  const [auth, limits] = await Promise.all([authOf(values, cwd), limitsOf(values)]);
  return {
    port,
    host,
    path,
    store,
    ...(values.stateless && { sessionAdapter: null }),
    ...(stateSecrets && { requestState: { secrets: stateSecrets } }),
    auth,
    limits,
    ...(allowedHosts && { allowedHosts }),
    ...(allowedOrigins && { allowedOrigins }),
    httpSse,
    requestTimeoutMs: values.requestTimeout,
    graceMs: values.grace,
    drainDelayMs: values.drainDelay,
    maxBodyBytes: values.maxBodyBytes,
    maxCalls: values.maxCalls,
    maxStreams: values.maxStreams,
  };
}

async function limitsOf(values: ServeValues): Promise<Limits | undefined> {
  const { limits: made, rate, addressRate, callTimeout } = values;
  const asked = rate !== undefined || addressRate !== undefined || callTimeout !== undefined;
  if (made !== undefined && asked)
    throw new UsageError(
      "limits of the configuration hold alone: leave out --rate, --address-rate and --call-timeout.",
    );
  if (!asked) return made;
  const { limits } = await import("../../limits/index.ts");
  return limits({
    ...(rate && { principal: rate }),
    ...(addressRate && { address: addressRate }),
    ...(callTimeout !== undefined && { timeoutMs: callTimeout }),
  });
}
