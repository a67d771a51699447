import { randomUUID } from "node:crypto";
import { answerAdd } from "./add.ts";
import { listenBare, respond } from "./http.ts";
import { openBareStore } from "./store.ts";

const store = await openBareStore();

listenBare(async (message, response, request) => {
  const { id, method, params } = message;
  if (method === "initialize") {
    const sessionId = randomUUID();
    await store.create(sessionId, JSON.stringify(params));
    respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), sessionId);
  } else if (method === "tools/call") {
    const session = await store.read(String(request.headers["mcp-session-id"]));
    if (session === undefined || session === null) response.writeHead(404).end();
    else respond(response, answerAdd(message));
  } else response.writeHead(202).end();
});
