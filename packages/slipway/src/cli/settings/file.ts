import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure } from "../command.ts";
import { importFile, nameOf } from "../load/import.ts";

/** What a configuration file sets. */
export interface ConfigFile {
  /** As the user knows it. */
  readonly name: string;
  readonly settings: { readonly [name: string]: unknown };
}

const NAMES = ["json", "ts", "mts", "js", "mjs"].map((ending) => `slipway.config.${ending}`);

/**
 * Reads the file that was named, or the one that is in the folder.
 * @throws Failure when it is not there, cannot be read, or is no object
 */
export async function readConfigFile(
  named: string | undefined,
  cwd: string,
): Promise<ConfigFile | undefined> {
  const path = named === undefined ? fileIn(cwd) : resolve(cwd, named);
  if (path === undefined) return;
  const name = nameOf(path, cwd);
  if (!existsSync(path)) throw new Failure(`There is no file ${name}.`);
  const read = path.endsWith(".json") ? parsed(path, name) : (await importFile(path, cwd))["default"];
  if (read === null || typeof read !== "object" || Array.isArray(read)) {
    const what = path.endsWith(".json") ? "a JSON object" : "an object as its default export";
    throw new Failure(`${name}: expected ${what}, with settings such as "port".`);
  }
  return { name, settings: read as ConfigFile["settings"] };
}

function fileIn(cwd: string): string | undefined {
  const found = NAMES.filter((name) => existsSync(join(cwd, name)));
  if (found.length > 1)
    throw new Failure(`Which one holds? There are ${found.join(" and ")}; keep one of them.`);
  return found[0] && join(cwd, found[0]);
}

function parsed(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Failure(`${name} is no JSON: ${(error as Error).message}`);
  }
}
