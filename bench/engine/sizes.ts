import { globSync, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { packageFolder } from "./roster.ts";

/** The size of a server with all that it imports, except Zod, which all of them have. */
export async function minified(file: string): Promise<{ minified: number; gzipped: number }> {
  const bundle = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["zod", "zod/*", ...optional],
    logLevel: "error",
  });
  const code = bundle.outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}

/** Packages that some libraries use where they are installed. */
const optional = ["@cfworker/json-schema", "effect", "@valibot/to-json-schema", "sury"];

interface Manifest {
  name: string;
  version: string;
  files?: string[];
  dependencies?: { [name: string]: string };
  peerDependencies?: { [name: string]: string };
  peerDependenciesMeta?: { [name: string]: { optional?: boolean } };
}

/** What a package manager installs for some packages: they, and all that they need. */
export function installed(names: readonly string[], from: string): { bytes: number; packages: number } {
  const folders = new Map<string, number>();
  const visit = (name: string, seenFrom: string): void => {
    if (name === "zod") return;
    const folder = packageFolder(name, seenFrom);
    if (folders.has(folder)) return;
    const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
    folders.set(folder, bytesOf(folder, manifest));
    for (const needed of needs(manifest)) visit(needed, folder);
  };
  for (const name of names) visit(name, from);
  return { bytes: [...folders.values()].reduce((sum, bytes) => sum + bytes, 0), packages: folders.size };
}

function needs({ dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers];
}

/** The files of a package; of one that is developed here, those that are published. */
function bytesOf(folder: string, { name, files }: Manifest): number {
  const published = name === "slipway" ? [...(files ?? []), "package.json"] : ["."];
  return published
    .flatMap((entry) => globSync([entry, `${entry}/**`], { cwd: folder, exclude: ["node_modules/**"] }))
    .map((file) => statSync(`${folder}/${file}`))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
