// Packs the package as it would be published, and has publint and attw judge the tarball.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./run.ts";
import { packageFolder } from "./workspace.ts";

/** What has to be in the tarball besides the built code. */
const documents = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];

interface Packed {
  filename: string;
  files: { path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), "slipway-pack-"));
try {
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: packageFolder });
  if (packed.code !== 0) throw new Error(packed.stderr);
  const [tarball] = JSON.parse(packed.stdout) as [Packed];
  const paths = tarball.files.map((file) => file.path);
  const missing = documents.filter((path) => !paths.includes(path));
  const strays = paths.filter((path) => /\.(test|test-d)\./.test(path));
  for (const path of missing) console.error(`${path} is missing from the package`);
  for (const path of strays) console.error(`${path} is a test and does not belong in the package`);

  const archive = join(folder, tarball.filename);
  const verdicts = [
    await run("publint", ["run", archive, "--strict"]),
    await run("attw", [archive, "--profile", "esm-only", "--no-emoji"]),
  ];
  for (const { code, stdout, stderr } of verdicts) {
    if (code !== 0) console.error(stdout + stderr);
  }
  const failed = missing.length > 0 || strays.length > 0 || verdicts.some(({ code }) => code !== 0);
  console.log(`${paths.length} files packed`);
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
