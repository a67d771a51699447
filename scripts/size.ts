// Weighs what a user of the main entry point gets: everything `slipway` exports, minified and gzipped.
// The ceiling in size.json may rise only in the commit that causes the growth.
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
  platform: "neutral",
  target: "es2023",
  external: ["@cfworker/json-schema"],
});
const minified = bundle.outputFiles[0]?.contents ?? new Uint8Array();
const size = gzipSync(minified, { level: 9 }).length;

console.log(`${size} bytes gzipped, ${minified.length} minified; the ceiling is ${limits.ceiling}`);
if (size > limits.ceiling) {
  console.error(`The core is ${size - limits.ceiling} bytes above its ceiling; make it smaller, or raise the
ceiling in scripts/size.json in the same commit and say there what the bytes buy.`);
  process.exitCode = 1;
}
if (size < floor) {
  console.error(`The bundle is under ${floor} bytes, so it is not the whole library; was it built?`);
  process.exitCode = 1;
}
