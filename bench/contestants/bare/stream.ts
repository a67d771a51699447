import { openEvents } from "./events.ts";
import { listenBare, respond, trailer } from "./http.ts";

const total = 100;

listenBare(({ id, method, params }, response) => {
  if (method !== "tools/call")
    return respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), "bare");
  const { progressToken } = params._meta;
  const send = openEvents(response);
  for (let progress = 1; progress <= total; progress++) {
    send({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress, total } });
  }
  send({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "done" }], ...trailer } });
  response.end();
});
