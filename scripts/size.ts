// Weighs what a user of the main entry point loads: everything `slipway` exports, minified and gzipped. Parts that
// are loaded only when an option asks for them are named, and not counted.
// The ceiling in size.json may rise only in the commit that causes the growth.
import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import limits from "./size.json" with { type: "json" };
import { packageFolder } from "./workspace.ts";

/** Below this, in bytes, the bundle cannot be the library. */
const floor = 2048;

const bundle = await build({
  entryPoints: [`${packageFolder}/dist/index.js`],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  splitting: true,
  outdir: "size",
  metafile: true,
  platform: "neutral",
  target: "es2023",
  external: ["@cfworker/json-schema"],
  // Chunks are imported for their order, too.
  logOverride: { "ignored-bare-import": "silent" },
});

/** The chunks that an entry point imports statically, itself included. */
function loadedWith(entry: string): Set<string> {
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: imported, kind } of bundle.metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement") found.add(imported);
    }
  }
  return found;
}

const chunks = new Map(bundle.outputFiles.map((file) => [relative(process.cwd(), file.path), file.contents]));
const loaded = loadedWith("size/index.js");
const minified = Buffer.concat([...loaded].map((path) => chunks.get(path) ?? new Uint8Array()));
const size = gzipSync(minified, { level: 9 }).length;

console.log(`${size} bytes gzipped, ${minified.length} minified; the ceiling is ${limits.ceiling}`);
for (const [path, contents] of chunks) {
  if (!loaded.has(path))
    console.log(`and on demand ${path}: ${gzipSync(contents, { level: 9 }).length} bytes`);
}
if (size > limits.ceiling) {
  console.error(`The core is ${size - limits.ceiling} bytes above its ceiling; make it smaller, or raise the
ceiling in scripts/size.json in the same commit and say there what the bytes buy.`);
  process.exitCode = 1;
}
if (size < floor) {
  console.error(`The bundle is under ${floor} bytes, so it is not the whole library; was it built?`);
  process.exitCode = 1;
}
