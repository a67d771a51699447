import { StdioTransport } from "@tmcp/transport-stdio";
import { addServer } from "./server.ts";

new StdioTransport(addServer()).listen();
