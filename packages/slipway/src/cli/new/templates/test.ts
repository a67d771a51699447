import { type Project, serverFileOf } from "../project.ts";

/** A test that calls the server as a client does, in the same process. */
export function test(project: Project): string {
  const client =
    project.language === "ts" ? "let client: McpClient;" : "/** @type {McpClient} */\nlet client;";
  return `import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StreamableHttpTransport } from "slipway";
import { HttpTransport, McpClient } from "slipway/client";
import server from "./${serverFileOf(project)}";

const handle = new StreamableHttpTransport().bind(server);
${client}

before(async () => {
  // A client of the server in this process: no port, no network.
  const transport = new HttpTransport("http://localhost/mcp", {
    fetch: (url, init) => handle(new Request(url, init)),
  });
  client = await McpClient.connect(transport, {
    info: { name: "test", version: "1.0.0" },
    elicitation: { form: () => ({ action: "accept", content: { place: "sea" } }) },
  });
});

after(() => client.close());

test("greets", async () => {
  const { content } = await client.callTool("greet", { name: "Ada" });
  assert.deepEqual(content, [{ type: "text", text: "Hello, Ada!" }]);
});

test("refuses what is no name", async () => {
  const { isError } = await client.callTool("greet", { name: 3 });
  assert.equal(isError, true);
});

test("plans a trip to where the user wants to go", async () => {
  const { content } = await client.callTool("plan-trip", {});
  assert.deepEqual(content, [{ type: "text", text: "Off to the sea!" }]);
});
`;
}
