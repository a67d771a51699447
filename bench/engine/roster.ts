import { existsSync, readFileSync } from "node:fs";
import type { Build } from "./build.ts";
import { benchFolder } from "./folders.ts";
import type { Contestant } from "./types.ts";

/** The library of each contestant. */
export const LIBRARIES: ReadonlyMap<string, string> = new Map([
  ["slipway", "slipway"],
  ["mcp-lite", "mcp-lite"],
  ["sdk-v2", "@modelcontextprotocol/server"],
  ["sdk-v1", "@modelcontextprotocol/sdk"],
  ["fastmcp", "fastmcp"],
  ["tmcp", "tmcp"],
]);

/** Where a package is installed, as seen from a folder. */
export function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    const candidate = `${folder}/node_modules/${name}`;
    if (existsSync(`${candidate}/package.json`)) return candidate;
    if (folder === "") throw new Error(`${name} is not installed for ${from}.`);
  }
}

function versionOf(name: string): string {
  const library = LIBRARIES.get(name) ?? (name.startsWith("slipway-") ? "slipway" : undefined);
  if (library === undefined) return `node ${process.versions.node}`;
  const manifest = readFileSync(`${packageFolder(library, benchFolder)}/package.json`, "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The contestants of these names. */
export function roster(build: Build, names: readonly string[]): Contestant[] {
  return names.map((name) => ({ name, version: versionOf(name), folder: build.folderOf(name) }));
}
