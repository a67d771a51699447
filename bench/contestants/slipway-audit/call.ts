// Slipway with an audit, in a file.
import { tmpdir } from "node:os";
import { observe } from "slipway/observe";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const observing = await observe({ audit: `${tmpdir()}/slipway-bench-${process.pid}.jsonl` });
await serveHttp(addServer(), { observe: observing });
