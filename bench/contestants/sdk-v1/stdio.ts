import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { addServer } from "./server.ts";

await addServer().connect(new StdioServerTransport());
