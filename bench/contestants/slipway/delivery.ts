import { McpServer } from "slipway";
import { serve } from "slipway/node";
import { port, ready } from "../shared/process.ts";
import { identity, say, text } from "../shared/tools.ts";
import { openStore } from "./store.ts";

const server = new McpServer(identity).resource(say.uri, { handler: () => "something" }).tool(say.name, {
  handler() {
    const at = process.hrtime.bigint();
    server.notify("notifications/resources/updated", { uri: say.uri });
    return text(String(at));
  },
});

await serve(server, { port, store: await openStore() });
ready();
