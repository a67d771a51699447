import { randomUUID } from "node:crypto";
import { listen } from "../shared/process.ts";
import { respond, stream } from "./http.ts";

/** What a server has to know of a session, and no more. */
const sessions = new Map<string, object>();

listen((request, response) => {
  if (request.method === "GET") return stream(response);
  let body = "";
  request.setEncoding("utf8").on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const { id, params } = JSON.parse(body);
    const sessionId = randomUUID();
    sessions.set(sessionId, params);
    respond(response, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), sessionId);
  });
});
