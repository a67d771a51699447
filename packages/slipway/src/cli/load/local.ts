import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Runs this command line by the library that the server file itself imports, where that is another copy (a global
 * installation serves a project that has its own): what two copies make does not fit together.
 * @param file the server file's path
 * @returns whether it was; the exit code is the other's to give
 */
export async function runByLocalCopy(file: string): Promise<boolean> {
  const own = manifestFor(import.meta.url);
  const local = manifestFor(pathToFileURL(file).href);
  if (local === undefined || local === own) return false;
  const bin = join(dirname(local), "dist", "cli", "bin.js");
  if (!existsSync(bin)) return false;
  // It ends the process.
  await import(pathToFileURL(bin).href);
  return true;
}

/** The manifest of the library as a module would find it. */
function manifestFor(module: string): string | undefined {
  try {
    return realpathSync(createRequire(module).resolve("slipway/package.json"));
  } catch {
    return undefined;
  }
}
