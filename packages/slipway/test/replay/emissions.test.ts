import type { Context } from "slipway";
import { describe, expect, test } from "vitest";
import { openWire, until } from "../support/index.ts";
import { Conversation, sure, yes } from "./conversation.ts";

const ask = (ctx: Context, message: string) => ctx.elicit({ message, schema: sure });

describe("what a handler emits", () => {
  const run = async (ctx: Context) => {
    await ctx.log.info("one");
    await ctx.progress({ progress: 1 });
    await ctx.step("load", () => 1);
    await ctx.log.info("two");
    await ask(ctx, "A?");
    await ctx.progress({ progress: 2 });
    await ctx.log.info("three");
    await ask(ctx, "B?");
    await ctx.log.info("four");
    return "done";
  };

  test("is sent once, however often the handler runs again", async () => {
    const conversation = new Conversation(run);
    const first = await conversation.say();
    expect(first).toMatchObject({ logs: ["one", "two"], progress: [1] });
    const again = await conversation.say({ state: first.state });
    expect(again).toMatchObject({ logs: [], progress: [] });
    const second = await conversation.say({ state: again.state, answers: { elicitation: yes } });
    expect(second).toMatchObject({ logs: ["three"], progress: [2] });
    const third = await conversation.say({ state: second.state, answers: { elicitation_2: yes } });
    expect(third).toMatchObject({ logs: ["four"], progress: [], text: "done" });
  });

  test("is sent again from an earlier state, as far as that does not know of it", async () => {
    const conversation = new Conversation(run);
    const first = await conversation.say();
    for (let i = 0; i < 2; i++) {
      const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
      expect(second).toMatchObject({ logs: ["three"], progress: [2] });
    }
  });

  test("counts by order, so that a clock in it does no harm", async () => {
    let now = 0;
    const conversation = new Conversation(async (ctx) => {
      await ctx.log.info(`it is ${now++}`);
      await ask(ctx, "Sure?");
      await ctx.log.info(`it is ${now++}`);
      return "done";
    });
    const first = await conversation.say();
    const again = await conversation.say({ state: first.state });
    const second = await conversation.say({ state: again.state, answers: { elicitation: yes } });
    expect([first, again, second].map(({ logs }) => logs)).toEqual([["it is 0"], [], ["it is 3"]]);
  });

  test("counts also where the client does not want it, so that a retry may want more or less", async () => {
    const conversation = new Conversation(run);
    const first = await conversation.say({
      meta: { "io.modelcontextprotocol/logLevel": "error", progressToken: undefined },
    });
    expect(first).toMatchObject({ logs: [], progress: [] });
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second).toMatchObject({ logs: ["three"], progress: [2] });
  });

  test("reaches nobody once the call is suspended", async () => {
    let unwound = false;
    const conversation = new Conversation(async (ctx) => {
      try {
        await ctx.log.info("asking");
        await ask(ctx, "Sure?");
      } finally {
        await ctx.log.info("leaving");
        await ctx.progress({ progress: 1 });
        unwound = true;
      }
      return "done";
    });
    const first = await conversation.say();
    await until(() => unwound, "the handler is unwound");
    expect(first).toMatchObject({ logs: ["asking"], progress: [] });
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second).toMatchObject({ logs: ["leaving"], progress: [1], text: "done" });
  });

  test("from branches that are answered one after the other comes once, in any order of the answers", async () => {
    const conversation = new Conversation(async (ctx) => {
      const branch = async (name: string) => {
        await ctx.log.info(`${name} asks`);
        await ask(ctx, `${name}?`);
        await ctx.log.info(`${name} knows`);
        await ctx.step("note", () => 1);
        await ctx.log.info(`${name} ends`);
      };
      await Promise.all(["A", "B", "C"].map(branch));
      return "done";
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation_2: yes } });
    const third = await conversation.say({ state: second.state, answers: { elicitation_3: yes } });
    const fourth = await conversation.say({ state: third.state, answers: { elicitation: yes } });
    expect([first, second, third, fourth].map(({ logs }) => logs)).toEqual([
      ["A asks", "B asks", "C asks"],
      ["B knows", "B ends"],
      ["C knows", "C ends"],
      ["A knows", "A ends"],
    ]);
  });
});

test("a change that a handler tells of is told once", async () => {
  const conversation = new Conversation(async (ctx) => {
    ctx.notify("notifications/resources/updated", { uri: "test://a" });
    await ask(ctx, "Sure?");
    ctx.notify("notifications/resources/updated", { uri: "test://b" });
    return "done";
  });
  conversation.server.resource("test://{name}", { handler: () => "" });
  const wire = await openWire(conversation.server, { transport: "fetch" });
  const listening = await wire.listen({ resourceSubscriptions: ["test://a", "test://b"] });
  const reply = await wire.callTool("run", {}, { answers: { "elicitation/create": yes } });
  expect(reply.toolText).toBe("done");
  const told = [await listening.next(), await listening.next()];
  expect(told.map(({ params }) => params.uri)).toEqual(["test://a", "test://b"]);
});
