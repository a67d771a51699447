import {
  ERROR_CODES,
  McpServer,
  type Sampling,
  type SamplingMessage,
  type SamplingRequest,
  type ToolResultContent,
} from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { type Answers, matrix, openWire } from "../support/index.ts";

const info = { name: "thinker", version: "1.0.0" };
const text = (value: string) => ({ type: "text", text: value }) as const;
const user = (value: string): SamplingMessage => ({ role: "user", content: text(value) });
const answer = { role: "assistant", content: text("Paris"), model: "test-model", stopReason: "endTurn" };
const answers: Answers = { "sampling/createMessage": answer };
const unasked: Answers = ({ method }) => {
  throw new Error(`${method} was asked.`);
};

const tool = { name: "weather", inputSchema: { type: "object" } };
const use = (id: string, name = "weather") => ({ type: "tool_use", id, name, input: {} }) as const;
const result = (toolUseId: string): ToolResultContent => ({
  type: "tool_result",
  toolUseId,
  content: [text("sunny")],
});
const uses = (...ids: string[]): SamplingMessage => ({
  role: "assistant",
  content: ids.map((id) => use(id)),
});
const results = (...ids: string[]): SamplingMessage => ({ role: "user", content: ids.map(result) });

/** A tool that samples as the test says, and tells what came of it. */
function asking(sampling: unknown, logger = recordingLogger()) {
  return new McpServer({ ...info, logger }).tool("ask", {
    handler: async (_args, ctx) => {
      try {
        return JSON.stringify(await ctx.sample(sampling as Sampling));
      } catch (error) {
        if ((error as Error).name === "SuspendSignal") throw error;
        return `refused: ${(error as Error).message}`;
      }
    },
  });
}

describe.each(matrix())("sampling in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer, options: object = {}) =>
    openWire(server, { transport, era: revision, ...options });

  async function expectRefused(messages: unknown, reason: RegExp, more: object = {}) {
    const wire = await open(asking({ messages, maxTokens: 5, ...more }));
    const reply = await wire.callTool("ask", {}, { answers: unasked });
    expect(reply.toolText, JSON.stringify(messages)).toMatch(/^refused: ctx\.sample: /);
    expect(reply.toolText).toMatch(reason);
    expect([...reply.asks, ...reply.requests]).toEqual([]);
  }

  async function expectSent(sampling: SamplingRequest) {
    const wire = await open(asking(sampling));
    const reply = await wire.callTool("ask", {}, { answers });
    expect(reply.asks.map(({ method, params }) => ({ method, params }))).toEqual([
      { method: "sampling/createMessage", params: sampling },
    ]);
    expect(JSON.parse(reply.toolText)).toEqual(answer);
  }

  test(`tools are not sent to a client that cannot use them [${revision}/sampling/tools-need-capability]`, async () => {
    const sampling = { messages: [user("?")], maxTokens: 5 };
    for (const more of [{ tools: [tool] }, { toolChoice: { mode: "auto" } }, { tools: [] }]) {
      for (const capabilities of [{ sampling: {} }, { sampling: { context: {} } }]) {
        const server = new McpServer(info).tool("ask", {
          handler: async (_args, ctx) => (await ctx.sample({ ...sampling, ...more } as Sampling)).model,
        });
        const wire = await open(server, { capabilities });
        const reply = await wire.callTool("ask", {}, { answers: unasked });
        expect(reply.error.message).toContain('"sampling.tools"');
        expect([...reply.asks, ...reply.requests]).toEqual([]);
        if (era === "modern") {
          expect(reply.error).toMatchObject({
            code: ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
            data: { requiredCapabilities: { sampling: { tools: {} } } },
          });
        }
      }
    }
    await expectSent({ messages: [user("?")], maxTokens: 5, tools: [tool], toolChoice: { mode: "auto" } });
  });

  test(`nothing is said of including context unless the handler says it [${revision}/sampling/no-context-inclusion]`, async () => {
    await expectSent({ messages: [user("?")], maxTokens: 5 });
    await expectSent({ messages: [user("?")], maxTokens: 5, includeContext: "none" });
  });

  test(`context is included only where the client can do so [${revision}/sampling/context-needs-capability]`, async () => {
    for (const includeContext of ["thisServer", "allServers"] as const) {
      const sampling: SamplingRequest = { messages: [user("?")], maxTokens: 5, includeContext };
      const wire = await open(asking(sampling), { capabilities: { sampling: {} } });
      const reply = await wire.callTool("ask", {}, { answers: unasked });
      expect(reply.toolText).toMatch(/^refused: .*"sampling\.context"/);
      expect([...reply.asks, ...reply.requests]).toEqual([]);
      await expectSent(sampling);
    }
  });

  test(`a message with tool results has nothing else [${revision}/sampling/tool-results-alone]`, async () => {
    const mixed: SamplingMessage = { role: "user", content: [result("1"), text("and?")] };
    await expectRefused([user("?"), uses("1"), mixed], /messages\[2\] holds tool results and something else/);
    await expectRefused(
      [user("?"), uses("1"), { ...mixed, content: [text("well"), result("1")] }],
      /messages\[2\]/,
    );
  });

  test(`each tool use is answered in the next message, once [${revision}/sampling/tool-uses-answered]`, async () => {
    await expectRefused([user("?"), uses("1")], /"1" of the last message has no result/);
    await expectRefused(
      [user("?"), uses("1"), user("!")],
      /messages\[2\] must hold the result of the tool use "1"/,
    );
    await expectRefused([user("?"), uses("1", "2"), results("1")], /messages\[2\].*"2"/);
    await expectRefused([uses("1"), results("2")], /messages\[1\].*"1"/);
    await expectRefused([uses("1"), user("!"), results("1")], /messages\[1\].*"1"/);
    await expectRefused([uses("1"), results("1", "1")], /messages\[1\].*"1"/);
    await expectSent({
      messages: [user("?"), uses("1", "2"), results("2", "1"), uses("3"), results("3")],
      maxTokens: 5,
      tools: [tool],
    });
  });

  test(`a tool result answers a tool use that was made [${revision}/sampling/tool-result-id]`, async () => {
    await expectRefused([user("?"), results("1")], /messages\[1\] holds a result for "1"/);
    await expectRefused([uses("1"), results("1", "2")], /messages\[1\] holds a result for "2"/);
    await expectRefused([uses("1"), results("1"), results("1")], /messages\[2\] holds a result for "1"/);
  });

  test(`a loop of tool uses reaches the client balanced [${revision}/sampling/tool-use-replies]`, async () => {
    const server = new McpServer(info).tool("loop", {
      handler: async (_args, ctx) => {
        const messages: SamplingMessage[] = [user("The weather in Paris and Rome?")];
        for (;;) {
          const { role, content, stopReason } = await ctx.sample({ messages, maxTokens: 5, tools: [tool] });
          const blocks = [content].flat();
          messages.push({ role, content });
          if (stopReason !== "toolUse") return JSON.stringify(blocks[0]);
          const used = blocks.filter((block) => block.type === "tool_use");
          messages.push({ role: "user", content: used.map(({ id }) => result(id)) });
        }
      },
    });
    const wire = await open(server);
    let turn = 0;
    const reply = await wire.callTool(
      "loop",
      {},
      {
        answers: () =>
          turn++ === 0
            ? {
                role: "assistant",
                content: [text("Let me see."), use("p"), use("r")],
                model: "m",
                stopReason: "toolUse",
              }
            : answer,
      },
    );
    expect(reply.asks).toHaveLength(2);
    expect(reply.asks[1]?.params.messages.slice(1)).toEqual([
      { role: "assistant", content: [text("Let me see."), use("p"), use("r")] },
      { role: "user", content: [result("p"), result("r")] },
    ]);
    expect(JSON.parse(reply.toolText)).toEqual(text("Paris"));
  });

  test(`the structure of a tool result fits the tool's output schema [${revision}/sampling/tool-result-conforms]`, async () => {
    const outputSchema = {
      type: "object",
      properties: { degrees: { type: "number" } },
      required: ["degrees"],
    };
    const tools = [
      { ...tool, outputSchema },
      { name: "other", inputSchema: { type: "object" } },
    ];
    const replied = (structuredContent: unknown, more: object = {}): SamplingMessage[] => [
      uses("1"),
      { role: "user", content: [{ ...result("1"), structuredContent, ...more }] },
    ];
    await expectRefused(replied({ degrees: "warm" }), /"weather" does not fit its output schema.*degrees/, {
      tools,
    });
    await expectRefused(replied({}), /"weather" does not fit/, { tools });
    await expectSent({ messages: replied({ degrees: 21 }), maxTokens: 5, tools });
    await expectSent({ messages: replied({ any: 1 }, { isError: true }), maxTokens: 5, tools });
    const other: SamplingMessage[] = [
      { role: "assistant", content: [use("1", "other")] },
      { role: "user", content: [{ ...result("1"), structuredContent: { any: 1 } }] },
    ];
    await expectSent({ messages: other, maxTokens: 5, tools });
  });

  test(`an answer that is none does not reach the handler, and what is wrong is said [${revision}/sampling/content-validated]`, async () => {
    const { role: _, ...noRole } = answer;
    const { model: __, ...noModel } = answer;
    const wrong: [object, RegExp][] = [
      [noRole, /"role"/],
      [{ ...answer, role: "system" }, /"role"/],
      [noModel, /"model"/],
      [{ ...answer, content: undefined }, /content/],
      [{ ...answer, content: "Paris" }, /content/],
      [{ ...answer, content: { type: "video" } }, /"video"/],
      [{ ...answer, content: {} }, /"type" to be one of text, .* got nothing\.$/],
      [{ ...answer, content: { type: { a: 1 } } }, /"type" to be one of .* got an object\.$/],
      [{ ...answer, content: { type: "text" } }, /"text"/],
      [{ ...answer, content: { type: "image", data: "%%%", mimeType: "image/png" } }, /"data" to be Base64/],
      [{ ...answer, content: { type: "image", data: "aGk=" } }, /"mimeType"/],
      [{ ...answer, content: [text("fine"), { type: "tool_use", id: 1 }] }, /content\[1\]: .*"id"/],
      [{}, /"role"/],
    ];
    const wire = await open(asking({ messages: [user("?")], maxTokens: 5 }));
    for (const [given, reason] of wrong) {
      const reply = await wire.callTool("ask", {}, { answers: { "sampling/createMessage": given } });
      expect(reply.toolText, JSON.stringify(given)).toMatch(
        /^refused: The client's answer to sampling\/createMessage is not valid/,
      );
      expect(reply.toolText).toMatch(reason);
    }
  });

  test(`what is asked and answered is in no log, and in no state that can be read [${revision}/sampling/sensitive-data]`, async () => {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger })
      .tool("fine", {
        handler: async (_args, ctx) => {
          const { model } = await ctx.sample({ messages: [user("hunter2?")], maxTokens: 5 });
          await ctx.sample({ messages: [user("hunter2 again?")], maxTokens: 5, systemPrompt: "hunter2" });
          return model;
        },
      })
      .tool("fails", {
        handler: async (_args, ctx) => {
          await ctx.sample({ messages: [user("hunter2?")], maxTokens: 5 });
          throw new Error("It failed.");
        },
      });
    const wire = await open(server);
    const secret = { "sampling/createMessage": { ...answer, content: text("hunter2!") } };
    expect((await wire.callTool("fine", {}, { answers: secret })).toolText).toBe("test-model");
    expect((await wire.callTool("fails", {}, { answers: secret })).result.isError).toBe(true);
    await wire.callTool("fine", {}, { answers: { "sampling/createMessage": { content: "hunter2" } } });
    expect(logger.text()).toContain("It failed.");
    expect(logger.text()).not.toContain("hunter2");
    const states = wire.received.flatMap(({ result: { requestState } = {} }) => requestState ?? []);
    expect(states.length > 0).toBe(era === "modern");
    for (const state of states) {
      expect(Buffer.from(state, "base64url").toString("latin1")).not.toMatch(/hunter2|sampling|Paris/);
    }
  });

  test(`a call that samples for ever ends at the bound of its questions [${revision}/sampling/iterations-limited]`, async () => {
    const logger = recordingLogger();
    const make = (maxAsksPerCall?: number) =>
      new McpServer({ ...info, logger, maxAsksPerCall }).tool("endless", {
        handler: async (_args, ctx) => {
          for (let turn = 0; ; turn++) await ctx.sample({ messages: [user(`${turn}?`)], maxTokens: 5 });
        },
      });
    for (const [server, bound] of [
      [make(), 100],
      [make(3), 3],
    ] as const) {
      const wire = await open(server);
      const reply = await wire.callTool("endless", {}, { answers });
      expect(reply.asks).toHaveLength(bound);
      expect(reply.toolText).toMatch(/^Internal error/);
      expect(logger.text()).toContain(`This call asked its client ${bound} questions`);
    }
  });
});

describe.each(matrix({ revisions: ["2026-07-28"] }))(
  "messages of sampling in $revision over $transport",
  ({ transport, revision }) => {
    test(`each has a role and content, or nothing is sent [${revision}/sampling/message-form]`, async () => {
      const wrong: [unknown, RegExp][] = [
        [[{ role: "system", content: text("?") }], /messages\[0\]: .*"role"/],
        [[user("?"), { content: text("?") }], /messages\[1\]: .*"role"/],
        [[{ role: "user" }], /messages\[0\]: content/],
        [[{ role: "user", content: "?" }], /messages\[0\]: content/],
        [[{ role: "user", content: { type: "resource_link", uri: "x:y", name: "x" } }], /"resource_link"/],
        [[{ role: "user", content: [text("?"), null] }], /messages\[0\]: content\[1\]/],
        ["?", /"messages"/],
        [undefined, /"messages"/],
      ];
      for (const [messages, reason] of wrong) {
        const wire = await openWire(asking({ messages, maxTokens: 5 }), { transport, era: revision });
        const reply = await wire.callTool("ask", {}, { answers: unasked });
        expect(reply.toolText).toMatch(/^refused: ctx\.sample: /);
        expect(reply.toolText).toMatch(reason);
        expect(reply.asks).toEqual([]);
      }
      for (const maxTokens of [undefined, 0, -1, "5", Number.NaN]) {
        const wire = await openWire(asking({ messages: [user("?")], maxTokens }), {
          transport,
          era: revision,
        });
        expect((await wire.callTool("ask", {}, { answers: unasked })).toolText).toMatch(/"maxTokens"/);
      }
    });

    test(`those of one question are not in the next [${revision}/sampling/messages-not-retained]`, async () => {
      const server = new McpServer(info).tool("twice", {
        handler: async (_args, ctx) => {
          await ctx.sample({ messages: [user("first?")], maxTokens: 5, systemPrompt: "one" });
          await ctx.sample({ messages: [user("second?")], maxTokens: 7 });
          return "";
        },
      });
      const wire = await openWire(server, { transport, era: revision });
      const { asks } = await wire.callTool("twice", {}, { answers });
      expect(asks.map(({ params }) => params)).toEqual([
        { messages: [user("first?")], maxTokens: 5, systemPrompt: "one" },
        { messages: [user("second?")], maxTokens: 7 },
      ]);
    });
  },
);

test("the values that include context are marked as deprecated in the types [2025-11-25/sampling/no-context-inclusion] [2026-07-28/sampling/no-context-inclusion]", async () => {
  const { readFile } = await import("node:fs/promises");
  const source = await readFile(new URL("../../src/protocol/types.ts", import.meta.url), "utf8");
  expect(source).toMatch(/@deprecated[^*]*\*\/\s*includeContext\?/);
});
