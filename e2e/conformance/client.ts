// What the official conformance suite runs as the client under test: `client.ts URL`, with the scenario in the environment.
import { type ElicitResult, McpClient, type Tool } from "slipway/client";

const { MCP_CONFORMANCE_SCENARIO: scenario = "", MCP_CONFORMANCE_CONTEXT: context = "{}" } = process.env;
const { MCP_CONFORMANCE_PROTOCOL_VERSION: version = "" } = process.env;
const url = process.argv.at(-1) ?? "";

/** Every question is answered with yes. */
const accept = (): ElicitResult => ({ action: "accept", content: {} });

const client = await McpClient.connect(url, {
  info: { name: "slipway-conformance", version: "1.0.0" },
  // A scenario of 2026-07-28 is for clients that choose it by themselves.
  ...(version !== "2026-07-28" && { protocolVersions: [version, "2025-03-26"] }),
  elicitation: { form: accept },
  sampling: () => ({ role: "assistant", content: { type: "text", text: "Yes." }, model: "none" }),
  roots: [{ uri: "file:///work" }],
  onWarning: (message) => console.error(message),
});

const tools: Tool[] = [];
for await (const tool of client.tools()) tools.push(tool);

switch (scenario) {
  case "http-standard-headers":
    for (const { name } of tools) await client.callTool(name);
    for await (const { uri } of client.resources()) await client.readResource(uri);
    for await (const { name } of client.prompts()) await client.getPrompt(name);
    break;
  case "http-custom-headers": {
    const { toolCalls } = JSON.parse(context) as { toolCalls: { name: string; arguments: object }[] };
    for (const call of toolCalls) await client.callTool(call.name, { ...call.arguments });
    break;
  }
  case "json-schema-2020-12-preservation": {
    const seen = tools.find(({ name }) => name === "json_schema_2020_12_tool");
    await client.callTool("json_schema_echo", { schema: seen?.inputSchema });
    break;
  }
  case "sep-2322-client-request-state":
    // Side by side, as what belongs to one call must not reach another.
    await Promise.all(tools.map(({ name }) => client.callTool(name)));
    break;
  case "tools_call":
    for (const { name } of tools) await client.callTool(name, { a: 2, b: 3 });
    break;
  case "json-schema-ref-no-deref":
    // The suite's server has nothing but the list.
    break;
  default:
    for (const { name } of tools) await client.callTool(name);
}
await client.close();
