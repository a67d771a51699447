import type { Context } from "slipway";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Conversation, messagesOf, no, sure, yes } from "./conversation.ts";

const ask = (ctx: Context, message: string) => ctx.elicit({ message, schema: sure });

// A run waits a second for what it will not come to.
const { setTimeout } = globalThis;
beforeEach(() => void vi.stubGlobal("setTimeout", (run: () => void) => setTimeout(run, 5)));
afterEach(() => void vi.unstubAllGlobals());

describe("a handler that goes another way when it runs again", () => {
  test("is not given the answer to another question, and its log says why", async () => {
    let price = 10;
    const conversation = new Conversation(async (ctx) => {
      const answer = await ask(ctx, `Pay ${price}?`);
      return `${price} ${answer.action === "accept" && answer.content.sure}`;
    });
    const first = await conversation.say();
    price = 20;
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(messagesOf(second)).toEqual(["Pay 20?"]);
    expect(conversation.log).toEqual([
      expect.stringMatching(
        /^warn: The handler of tools\/call "run" went another way .* did not come to the question "elicitation" .*a clock/,
      ),
    ]);
    const third = await conversation.say({ state: second.state, answers: { elicitation_2: no } });
    expect(third.text).toBe("20 false");
  });

  test("does not do again what it has done, and finds old answers when it comes back to their questions", async () => {
    const done: string[] = [];
    let way = "left";
    const conversation = new Conversation(async (ctx) => {
      if (way === "left") await ctx.step("turn left", () => void done.push("left"));
      const answer = await ask(ctx, `Go ${way}?`);
      await ask(ctx, `Really ${way}?`);
      return JSON.stringify(answer);
    });
    const first = await conversation.say();
    way = "right";
    const second = await conversation.say({ state: first.state, answers: { elicitation: no } });
    expect(messagesOf(second)).toEqual(["Go right?"]);
    expect(conversation.log).toEqual([
      expect.stringContaining(`the step "turn left", the question "elicitation"`),
    ]);
    way = "left";
    const third = await conversation.say({ state: second.state });
    expect(messagesOf(third)).toEqual(["Really left?"]);
    const answers = { [Object.keys(third.asks ?? {})[0] as string]: yes };
    const fourth = await conversation.say({ state: third.state, answers });
    expect(fourth.text).toBe(JSON.stringify(no));
    expect(done).toEqual(["left"]);
  });

  test("is told of when it ends without what it had come to", async () => {
    let asks = true;
    const conversation = new Conversation(async (ctx) => {
      for (let i = 0; i < 5; i++) if (asks) await ctx.step(`step ${i}`, () => i);
      if (asks) await ask(ctx, "Sure?");
      return "done";
    });
    const first = await conversation.say();
    asks = false;
    expect((await conversation.say({ state: first.state })).text).toBe("done");
    expect(conversation.log).toEqual([
      expect.stringContaining(`the step "step 0", the step "step 1", the step "step 2" and 2 more`),
    ]);
  });

  test("is not blamed for a question that it has not come to yet, nor for one that it needs no more", async () => {
    const conversation = new Conversation(async (ctx) => {
      const other = ask(ctx, "B?");
      const answer = await ask(ctx, "A?");
      return answer.action === "accept" ? "done" : other.then(() => "done");
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation_2: yes } });
    expect(second.text).toBe("done");
    expect(conversation.log).toEqual([]);
  });
});

describe("what the client sends beside what it was asked", () => {
  test("is ignored: answers to nothing, and other answers to what is answered", async () => {
    const conversation = new Conversation(async (ctx) => {
      const a = await ask(ctx, "A?");
      const b = await ask(ctx, "B?");
      return JSON.stringify([a, b]);
    });
    const first = await conversation.say();
    const answers = { elicitation: no, elicitation_2: yes, stranger: yes };
    const second = await conversation.say({ state: first.state, answers });
    expect(messagesOf(second)).toEqual(["B?"]);
    const third = await conversation.say({ state: second.state, answers: { ...answers, elicitation: yes } });
    expect(third.text).toBe(JSON.stringify([no, yes]));
  });
});

describe("an earlier state", () => {
  test("knows what was done before it, and only that", async () => {
    const done: string[] = [];
    const conversation = new Conversation(async (ctx) => {
      await ctx.step("one", () => void done.push("one"));
      const answer = await ask(ctx, "Sure?");
      await ctx.step("two", () => void done.push("two"));
      await ask(ctx, "Really?");
      return JSON.stringify(answer);
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    const other = await conversation.say({ state: first.state, answers: { elicitation: no } });
    expect(done).toEqual(["one", "two", "two"]);
    for (const [turn, answer] of [
      [second, yes],
      [other, no],
    ] as const) {
      const last = await conversation.say({ state: turn.state, answers: { elicitation_2: yes } });
      expect(last.text).toBe(JSON.stringify(answer));
    }
    expect(done).toEqual(["one", "two", "two"]);
  });

  test("leads to one effect when a key for it was made before", async () => {
    const paid = new Map<string, number>();
    const conversation = new Conversation(async (ctx) => {
      const key = await ctx.step("key", () => crypto.randomUUID());
      await ask(ctx, "Pay?");
      await ctx.step("pay", () => void paid.set(key, 10));
      return key;
    });
    const first = await conversation.say();
    const retry = { state: first.state, answers: { elicitation: yes } };
    const [a, b] = await Promise.all([conversation.say(retry), conversation.say(retry)]);
    expect(a?.text).toBe(b?.text);
    expect([...paid.keys()]).toEqual([a?.text]);
  });
});
