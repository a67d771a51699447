import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { say, text } from "../shared/tools.ts";
import { listenBare, respond, stream } from "./http.ts";
import { openBareStore } from "./store.ts";

const store = await openBareStore();
const listeners = new Set<ServerResponse>();

await store.listen((uri) => {
  // When it was heard is told to the load generator, since that is the store's own share.
  const params = { uri, heard: String(process.hrtime.bigint()) };
  const event = JSON.stringify({ jsonrpc: "2.0", method: "notifications/resources/updated", params });
  for (const listener of listeners) listener.write(`data: ${event}\n\n`);
});

listenBare(
  ({ id, method }, response) => {
    if (method === "tools/call") {
      const at = String(process.hrtime.bigint());
      void store.publish(say.uri);
      respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: text(at) }));
    } else respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), randomUUID());
  },
  (response) => {
    listeners.add(response);
    stream(response);
    response.write(": listening\n\n");
  },
);
