import { serveStdio } from "slipway/stdio";
import { addServer } from "./server.ts";

serveStdio(addServer());
