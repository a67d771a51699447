import { LOAD_CORE, SERVER_CORE, watchCores } from "./cpu.ts";
import { canPin } from "./process.ts";
import type { Busy } from "./types.ts";

/**
 * What the cores of a server and of its load generator did while `work` ran; undefined where they have none of
 * their own. Whole cores are looked at, since the kernel's share of a connection belongs to no process.
 */
export async function whileWatching<T>(
  work: () => Promise<T>,
): Promise<{ result: T; busy: Busy | undefined }> {
  const stop = watchCores();
  const result = await work();
  const cores = stop();
  const load = cores[LOAD_CORE];
  const server = cores[SERVER_CORE];
  const known = canPin && load !== undefined && server !== undefined;
  return { result, busy: known ? { load, server } : undefined };
}
