import { answerAdd } from "./add.ts";
import { listenBare, respond } from "./http.ts";

const tools = [{ name: "add", description: "Adds two numbers.", inputSchema: { type: "object" } }];

listenBare((message, response) => {
  const { id, method } = message;
  if (method === "tools/call") respond(response, answerAdd(message));
  else if (method === "tools/list")
    respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: { tools } }));
  else respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), "bare");
});
