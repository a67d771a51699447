// Builds packages/slipway/dist, and puts beside it the documents that are published with it.
// Every entry point is one file, and what several of them need is in chunks that they share, since a module that
// is loaded costs a server's start more than what is in it. Names stay as they are, for stack traces.
import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { run } from "./run.ts";
import { entryPoints, packageFolder, root } from "./workspace.ts";

// Built aside and then renamed, so that what runs meanwhile never sees half a build.
const fresh = `${packageFolder}/.dist-${process.pid}`;
const declared = await run("tsc", ["-p", `${packageFolder}/tsconfig.build.json`, "--outDir", fresh]);
process.stdout.write(declared.stdout);
process.stderr.write(declared.stderr);
await build({
  entryPoints: entryPoints().map(({ source }) => source),
  outbase: `${packageFolder}/src`,
  outdir: fresh,
  absWorkingDir: packageFolder,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: "es2023",
  packages: "external",
  logLevel: "warning",
});
rmSync(`${packageFolder}/dist`, { recursive: true, force: true });
renameSync(fresh, `${packageFolder}/dist`);

for (const document of ["README.md", "LICENSE", "CHANGELOG.md"]) {
  if (existsSync(`${root}/${document}`)) copyFileSync(`${root}/${document}`, `${packageFolder}/${document}`);
}
process.exitCode = declared.code;
