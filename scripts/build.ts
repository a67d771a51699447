// Builds packages/slipway/dist, and puts beside it the documents that are published with it.
// Every entry point is one file, and what several of them need is in chunks that they share, since a module that
// is loaded costs a server's start more than what is in it. Names stay as they are, for stack traces.
import { chmodSync, cpSync, renameSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { run } from "./run.ts";
import { documents, entryPoints, packageFolder, programs, root } from "./workspace.ts";

// Built aside and then renamed, so that what runs meanwhile never sees half a build.
const fresh = `${packageFolder}/.dist-${process.pid}`;
const declared = await run("tsc", ["-p", `${packageFolder}/tsconfig.build.json`, "--outDir", fresh]);
process.stdout.write(declared.stdout);
process.stderr.write(declared.stderr);
await build({
  entryPoints: [...entryPoints(), ...programs()].map(({ source }) => source),
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
for (const { built } of programs()) chmodSync(built, 0o755);

for (const document of documents) cpSync(`${root}/${document}`, `${packageFolder}/${document}`);
process.exitCode = declared.code;
