import { serveStdio } from "slipway/stdio";
import { createAtlas } from "./server.ts";

serveStdio(createAtlas());
