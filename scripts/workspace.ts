import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root folder, without a slash at the end. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The published package's folder. */
export const packageFolder = `${root}/packages/slipway`;

type Exports = Record<string, string | { types: string; default: string }>;

/** Every entry point of the package: the name users import, its built file and the source of that file. */
export function entryPoints(): { name: string; built: string; source: string }[] {
  const manifest = JSON.parse(readFileSync(`${packageFolder}/package.json`, "utf8")) as {
    name: string;
    exports: Exports;
  };
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const source = target.default.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
    return [
      {
        name: manifest.name + subpath.slice(1),
        built: `${packageFolder}/${target.default.slice(2)}`,
        source: `${packageFolder}/${source.slice(2)}`,
      },
    ];
  });
}
