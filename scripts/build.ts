// Builds packages/slipway/dist from nothing, and puts beside it the documents that are published with it.
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { run } from "./run.ts";
import { packageFolder, root } from "./workspace.ts";

rmSync(`${packageFolder}/dist`, { recursive: true, force: true });
const compiled = await run("tsc", ["-p", `${packageFolder}/tsconfig.build.json`]);
process.stdout.write(compiled.stdout);
process.stderr.write(compiled.stderr);

for (const document of ["README.md", "LICENSE", "CHANGELOG.md"]) {
  if (existsSync(`${root}/${document}`)) copyFileSync(`${root}/${document}`, `${packageFolder}/${document}`);
}
process.exitCode = compiled.code;
