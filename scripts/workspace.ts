import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root folder, without a slash at the end. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The published package's folder. */
export const packageFolder = `${root}/packages/slipway`;

/** What is published as it is, from the root. */
export const documents = [
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "deploy/grafana/slipway.json",
  "deploy/prometheus/slipway.rules.yml",
];

type Exports = Record<string, string | { types: string; default: string }>;

/** A file that the build makes, and what it is made of. */
interface Built {
  built: string;
  source: string;
}

/** Every entry point of the package: the name users import, its built file and the source of that file. */
export function entryPoints(): (Built & { name: string })[] {
  const { name, exports } = manifest();
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    return [{ name: name + subpath.slice(1), ...builtFrom(target.default) }];
  });
}

/** The programs that the package installs. */
export function programs(): Built[] {
  return Object.values(manifest().bin).map(builtFrom);
}

function manifest(): { name: string; bin: Record<string, string>; exports: Exports } {
  return JSON.parse(readFileSync(`${packageFolder}/package.json`, "utf8"));
}

function builtFrom(target: string): Built {
  const source = target.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
  return { built: `${packageFolder}/${target.slice(2)}`, source: `${packageFolder}/${source.slice(2)}` };
}
