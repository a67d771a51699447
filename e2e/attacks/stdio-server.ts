// The server that is attacked, on a pipe.
import { serveStdio } from "slipway/stdio";
import { makeServer } from "./surface.ts";

await serveStdio(makeServer(), { maxMessageBytes: 1024 * 1024 }).closed;
