// Slipway with a line for each call, into a file.
import { tmpdir } from "node:os";
import { observe } from "slipway/observe";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const observing = await observe({ logs: { destination: `${tmpdir()}/slipway-bench-${process.pid}.log` } });
await serveHttp(addServer(), { observe: observing });
