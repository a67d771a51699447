import type { McpServer, SamplingResult } from "slipway";
import * as z from "zod";

/** Tools that ask the user or the model of the client. */
export function addAskingTools(server: McpServer): void {
  server
    .tool("test_sampling", {
      description: "Asks the client's model.",
      inputSchema: z.object({ prompt: z.string().describe("What to ask it.") }),
      handler: async ({ prompt }, ctx) => {
        const answer = await ctx.sample({
          messages: [{ role: "user", content: { type: "text", text: prompt } }],
          maxTokens: 100,
        });
        return `LLM response: ${textOf(answer)}`;
      },
    })
    .tool("test_missing_capability", {
      description: "Works only with clients that can sample.",
      handler: async (_args, ctx) => {
        const answer = await ctx.sample({
          messages: [{ role: "user", content: { type: "text", text: "Say a word." } }],
          maxTokens: 10,
        });
        return textOf(answer);
      },
    })
    .tool("test_elicitation", {
      description: "Asks the user for a name and an address.",
      inputSchema: z.object({ message: z.string().describe("What to tell the user.") }),
      handler: async ({ message }, ctx) =>
        `User response: ${described(await ctx.elicit({ message, schema: person }))}`,
    })
    .tool("test_streaming_elicitation", {
      description: "Reports progress and asks the user.",
      handler: async (_args, ctx) => {
        await ctx.progress({ progress: 1, total: 2 });
        const answer = await ctx.elicit({
          message: "Shall this go on?",
          schema: z.object({ on: z.boolean() }),
        });
        await ctx.progress({ progress: 2, total: 2 });
        return `User response: ${described(answer)}`;
      },
    })
    .tool("test_elicitation_sep1034_defaults", {
      description: "Asks the user with a form that is filled in already.",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({ message: "Please review the profile.", schema: profile });
        return `Elicitation completed: ${described(answer)}`;
      },
    })
    .tool("test_elicitation_sep1330_enums", {
      description: "Asks the user to choose, in every way that a form has.",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({ message: "Please choose.", schema: choices });
        return `Elicitation completed: ${described(answer)}`;
      },
    });
}

const person = z.object({
  username: z.string().describe("User's response"),
  email: z.string().describe("User's email address"),
});

const profile = z.object({
  name: z.string().default("John Doe"),
  age: z.int().default(30),
  score: z.number().default(95.5),
  status: z.enum(["active", "inactive", "pending"]).default("active"),
  verified: z.boolean().default(true),
});

const choices = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: {
      type: "string",
      oneOf: [
        { const: "value1", title: "First Option" },
        { const: "value2", title: "Second Option" },
        { const: "value3", title: "Third Option" },
      ],
    },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: {
      type: "array",
      items: {
        anyOf: [
          { const: "value1", title: "First Choice" },
          { const: "value2", title: "Second Choice" },
          { const: "value3", title: "Third Choice" },
        ],
      },
    },
  },
} as const;

function described(answer: { action: string; content?: unknown }): string {
  return `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`;
}

/** The text in what a model answered. */
export function textOf({ content }: SamplingResult): string {
  const blocks = Array.isArray(content) ? content : [content];
  return blocks.map((block) => (block.type === "text" ? block.text : `(${block.type})`)).join("\n");
}
