import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  McpServer,
} from "@modelcontextprotocol/server";
import { confirm, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

/** Signs what the client carries; this library does not encrypt it. */
const codec = createRequestStateCodec<string>({ key: "a secret of the benchmark, 32 bytes long" });

function newServer(): McpServer {
  const server = new McpServer(identity, { requestState: { verify: codec.verify } });
  const definition = { description: confirm.description, inputSchema: confirm.input };
  server.registerTool(confirm.name, definition, async ({ item }, ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, "sure", confirm.answer);
    if (answer !== undefined) return text(confirm.verdict(item, answer.sure));
    return inputRequired({
      inputRequests: {
        sure: inputRequired.elicit({ message: confirm.question(item), requestedSchema: confirm.answer }),
      },
      requestState: await codec.mint(item, ctx),
    });
  });
  return server;
}

serveHttp(newServer, { json: false });
