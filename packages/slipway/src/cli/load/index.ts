import type { Io } from "../io.ts";
import { importFile, nameOf } from "./import.ts";
import { type Served, servedBy } from "./server-file.ts";

export { runByLocalCopy } from "./local.ts";
export { type Served, serverFile } from "./server-file.ts";

/**
 * Loads what a file serves.
 * @param importing how Node is to import it, where not simply
 * @throws Failure when it cannot be loaded, or exports no server
 */
export async function load(
  path: string,
  { cwd }: Io,
  importing?: Parameters<typeof importFile>[2],
): Promise<Served> {
  return servedBy(await importFile(path, cwd, importing), nameOf(path, cwd));
}
