import type { McpServer } from "slipway";
import * as z from "zod";
import { textOf } from "./elicitation.ts";

/**
 * Handlers whose questions have names of their own. Clients of 2026-07-28 get the questions as an input required
 * result and repeat the call with the answers; older clients are asked while the call goes on.
 */
export function addInputRequired(server: McpServer): void {
  server
    .tool("test_input_required_result_elicitation", {
      description: "Asks the user's name.",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({ key: "user_name", message: "What is your name?", schema: name });
        return answer.action === "accept" ? `Hello, ${answer.content.name}!` : "Hello, whoever you are!";
      },
    })
    .tool("test_input_required_result_sampling", {
      description: "Asks the client's model for a capital.",
      handler: async (_args, ctx) =>
        textOf(
          await ctx.sample({
            key: "capital_question",
            messages: [{ role: "user", content: { type: "text", text: "What is the capital of France?" } }],
            maxTokens: 100,
          }),
        ),
    })
    .tool("test_input_required_result_list_roots", {
      description: "Asks for the client's roots.",
      handler: async (_args, ctx) => {
        const roots = await ctx.listRoots({ key: "client_roots" });
        return `Roots: ${roots.map((root) => root.uri).join(", ")}`;
      },
    })
    .tool("test_input_required_result_request_state", {
      description: "Draws a number once, asks the user, and still has the same number afterwards.",
      handler: async (_args, ctx) => {
        const number = await ctx.step("draw", () => Math.floor(Math.random() * 1_000_000));
        const answer = await ctx.elicit({
          key: "confirm",
          message: `Please confirm ${number}`,
          schema: confirmation,
        });
        return answer.action === "accept" ? `state-ok: ${number}` : "Not confirmed.";
      },
    })
    .tool("test_input_required_result_multiple_inputs", {
      description: "Asks three things at once.",
      handler: async (_args, ctx) => {
        const [user, greeting, roots] = await Promise.all([
          ctx.elicit({ key: "user_name", message: "What is your name?", schema: name }),
          ctx.sample({
            key: "greeting",
            messages: [{ role: "user", content: { type: "text", text: "Generate a greeting" } }],
            maxTokens: 50,
          }),
          ctx.listRoots({ key: "client_roots" }),
        ]);
        const who = user.action === "accept" ? user.content.name : "nobody";
        return `${textOf(greeting)} ${who}, with ${roots.length} roots`;
      },
    })
    .tool("test_input_required_result_multi_round", {
      description: "Asks two things, one after the other.",
      handler: async (_args, ctx) => {
        const who = await ctx.elicit({ key: "step1", message: "Step 1: What is your name?", schema: name });
        if (who.action !== "accept") return "Stopped at step 1.";
        const what = await ctx.elicit({
          key: "step2",
          message: "Step 2: What is your favorite color?",
          schema: z.object({ color: z.string() }),
        });
        if (what.action !== "accept") return "Stopped at step 2.";
        return `${who.content.name} likes ${what.content.color}.`;
      },
    })
    .tool("test_input_required_result_tampered_state", {
      description: "Asks for a confirmation; what the client carries meanwhile is sealed.",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({ key: "confirm", message: "Please confirm", schema: confirmation });
        return `The answer is ${answer.action}.`;
      },
    })
    .tool("test_input_required_result_capabilities", {
      description: "Asks only what the client says that it can answer.",
      handler: async (_args, ctx) => {
        const answers = await Promise.all([
          ctx.client.supports("elicitation") &&
            ctx.elicit({
              key: "elicit_input",
              message: "What is the value?",
              schema: z.object({ value: z.string() }),
            }),
          ctx.client.supports("sampling") &&
            ctx.sample({
              key: "sample_input",
              messages: [{ role: "user", content: { type: "text", text: "What is the value?" } }],
              maxTokens: 50,
            }),
        ]);
        return `${answers.filter(Boolean).length} answers.`;
      },
    })
    .prompt("test_input_required_result_prompt", {
      description: "Asks the user for a context first.",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({
          key: "user_context",
          message: "What context should the prompt use?",
          schema: z.object({ context: z.string() }),
        });
        return `Use this context: ${answer.action === "accept" ? answer.content.context : "none"}`;
      },
    });
}

const name = z.object({ name: z.string() });
const confirmation = z.object({ ok: z.boolean() });
