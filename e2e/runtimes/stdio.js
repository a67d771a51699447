import { serveStdio } from "slipway/stdio";
import { createServer } from "./server.js";

serveStdio(createServer());
console.log("not a message");
