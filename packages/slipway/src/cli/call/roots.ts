import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Root } from "../../client/index.ts";

/** Folders as the server is told of them. */
export function rootsOf(folders: readonly string[], cwd: string): Root[] {
  return folders.map((folder) => {
    const path = resolve(cwd, folder);
    return { uri: pathToFileURL(path).href, name: basename(path) };
  });
}
