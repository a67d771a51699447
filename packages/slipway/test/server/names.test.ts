import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { matrix, openWire } from "../support/index.ts";

/** Names that plain objects have without anybody having given them. */
const NAMES = ["toString", "__proto__", "constructor", "hasOwnProperty", "valueOf", "prototype", "then"];

const info = { name: "names", version: "1.0.0" };

describe.each(matrix())("names of every object in $revision over $transport", ({ transport, revision }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });

  test.each(NAMES)("%s is a name like any other for tools, prompts and templates", async (name) => {
    const server = new McpServer({ ...info, logger: recordingLogger() })
      .tool(name, { handler: () => `tool ${name}` })
      .prompt(name, {
        arguments: [{ name, required: true }],
        complete: Object.fromEntries([[name, [`value of ${name}`]]]),
        handler: (args) => `${(args as { [key: string]: string })[name]} ${Object.keys(args)}`,
      })
      .resource(`notes://{${name}}`, {
        complete: Object.fromEntries([[name, [`value of ${name}`]]]) as object,
        handler: (_uri, variables) => `${(variables as { [key: string]: string })[name]}`,
      });
    const wire = await open(server);
    expect((await wire.callTool(name)).toolText).toBe(`tool ${name}`);
    expect((await wire.request("tools/list")).result.tools).toMatchObject([{ name }]);

    const args = Object.fromEntries([[name, "given"]]);
    const got = await wire.request("prompts/get", { name, arguments: args });
    expect(got.result.messages[0].content.text).toBe(`given ${name}`);
    const missing = await wire.request("prompts/get", { name, arguments: {} });
    expect(missing.error.message).toBe(`The prompt "${name}" needs the argument "${name}".`);

    const read = await wire.request("resources/read", { uri: "notes://x" });
    expect(read.result.contents[0].text).toBe("x");
    for (const ref of [
      { type: "ref/prompt", name },
      { type: "ref/resource", uri: `notes://{${name}}` },
    ]) {
      const { result } = await wire.request("completion/complete", { ref, argument: { name, value: "" } });
      expect(result.completion.values).toEqual([`value of ${name}`]);
    }
    for (const other of NAMES.filter((one) => one !== name)) {
      expect((await wire.callTool(other)).error.code).toBe(-32602);
      expect((await wire.request("prompts/get", { name: other })).error.code).toBe(-32602);
    }
  });

  test.each(NAMES)("%s is no method", async (method) => {
    const wire = await open(new McpServer(info).tool("a", { handler: () => "" }));
    expect((await wire.request(method)).error).toEqual({
      code: -32601,
      message: `Method not found: ${method}`,
    });
  });

  test.each(NAMES)("%s is an argument and a field like any other", async (name) => {
    const schema = {
      type: "object",
      properties: Object.fromEntries([[name, { type: "string" }]]),
      required: [name],
      additionalProperties: false,
    };
    const server = new McpServer({ ...info, logger: recordingLogger() })
      .tool("takes", { inputSchema: schema, handler: (args) => JSON.stringify(args) })
      .tool("asks", {
        handler: async (_args, ctx) => JSON.stringify(await ctx.elicit({ message: "?", schema })),
      });
    const wire = await open(server);
    const own = `{${JSON.stringify(name)}:"x"}`;
    expect((await wire.callTool("takes", JSON.parse(own))).toolText).toBe(own);
    expect((await wire.callTool("takes", {})).result.isError).toBe(true);
    const answers = { "elicitation/create": { action: "accept", content: JSON.parse(own) } };
    expect((await wire.callTool("asks", {}, { answers })).toolText).toBe(
      `{"action":"accept","content":${own}}`,
    );
    expect(Object.prototype).not.toHaveProperty("x");
    expect(({} as { [key: string]: unknown })["polluted"]).toBeUndefined();
  });
});
