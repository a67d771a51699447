import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { addServer } from "./server.ts";

serveStdio(addServer);
