// Builds packages/slipway/dist, and puts beside it the documents that are published with it.
import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { run } from "./run.ts";
import { packageFolder, root } from "./workspace.ts";

// Built aside and then renamed, so that what runs meanwhile never sees half a build.
const fresh = `${packageFolder}/.dist-${process.pid}`;
const compiled = await run("tsc", ["-p", `${packageFolder}/tsconfig.build.json`, "--outDir", fresh]);
process.stdout.write(compiled.stdout);
process.stderr.write(compiled.stderr);
rmSync(`${packageFolder}/dist`, { recursive: true, force: true });
renameSync(fresh, `${packageFolder}/dist`);

for (const document of ["README.md", "LICENSE", "CHANGELOG.md"]) {
  if (existsSync(`${root}/${document}`)) copyFileSync(`${root}/${document}`, `${packageFolder}/${document}`);
}
process.exitCode = compiled.code;
