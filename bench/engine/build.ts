import { cpSync, globSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { benchFolder } from "./folders.ts";

/** A build of the library, with every contestant's servers beside it. */
export interface Build {
  /** The servers of a contestant. */
  folderOf(contestant: string): string;
}

/**
 * Takes a copy of a built library, so that nothing changes it while it is measured, and makes plain JavaScript
 * of every contestant's servers, so that none pays for TypeScript when it starts. All other packages are
 * those that are installed for the benchmarks.
 * @param name names the build
 * @param library the folder of the library's package
 */
export async function makeBuild(name: string, library: string): Promise<Build> {
  const folder = `${benchFolder}/dist/${name}`;
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["package.json", "dist"]) {
    cpSync(`${library}/${part}`, `${folder}/node_modules/slipway/${part}`, { recursive: true });
  }
  await build({
    entryPoints: globSync(
      `${benchFolder}/contestants/*/{call,session,delivery,stream,list,elicit,idle,stdio,plain}.ts`,
    ),
    outdir: `${folder}/contestants`,
    outbase: `${benchFolder}/contestants`,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
  });
  return { folderOf: (contestant) => `${folder}/contestants/${contestant}` };
}
