// The atlas with controls for tests: over stdio with `--stdio`, else over HTTP on a free port, which it prints.
import { serve } from "slipway/node";
import { serveStdio } from "slipway/stdio";
import { createAtlas } from "../../examples/atlas/server.ts";
import { addControls } from "./controls.ts";

const atlas = createAtlas();
addControls(atlas);
if (process.argv.includes("--stdio")) serveStdio(atlas);
else {
  const running = await serve(atlas, { port: 0, httpSse: true, retryMs: 50 });
  process.once("SIGTERM", () => void running.close());
  console.log(running.url);
}
