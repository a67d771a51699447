// Packs the package as it would be published, and has publint and attw judge the tarball.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { relative } from "node:path/posix";
import { run } from "./run.ts";
import { documents, packageFolder, programs } from "./workspace.ts";

/** What has to be in the tarball besides the built code. */
const needed = ["package.json", ...documents];

/** What a program needs in its mode, as it could not be started otherwise; that it names Node is for publint to see. */
const EXECUTABLE = 0o111;

interface Packed {
  filename: string;
  files: { path: string; mode: number }[];
}

const folder = mkdtempSync(join(tmpdir(), "slipway-pack-"));
try {
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: packageFolder });
  if (packed.code !== 0) throw new Error(packed.stderr);
  const [tarball] = JSON.parse(packed.stdout) as [Packed];
  const paths = tarball.files.map((file) => file.path);
  const missing = needed.filter((path) => !paths.includes(path));
  const strays = paths.filter((path) => /\.(test|test-d)\./.test(path));
  const unfit = programs()
    .map(({ built }) => relative(packageFolder, built))
    .filter((path) => {
      const file = tarball.files.find((one) => one.path === path);
      return file === undefined || (file.mode & EXECUTABLE) !== EXECUTABLE;
    });
  for (const path of unfit) console.error(`${path} is no program that can be started`);
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
  const failed =
    [missing, strays, unfit].some((paths) => paths.length > 0) || verdicts.some(({ code }) => code !== 0);
  console.log(`${paths.length} files packed`);
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
