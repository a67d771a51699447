// The tool of most workloads with its schemas written down, so that no schema library is loaded.
import { McpServer } from "slipway";
import { serveHttp } from "./http.ts";

const server = new McpServer({ name: "bench", version: "1.0.0" }).tool("add", {
  description: "Adds two numbers.",
  inputSchema: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
  outputSchema: { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] },
  handler: ({ a, b }) => ({ sum: Number(a) + Number(b) }),
});
await serveHttp(server);
