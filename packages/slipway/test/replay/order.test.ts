import type { Context } from "slipway";
import { afterEach, describe, expect, test, vi } from "vitest";
import { until } from "../support/index.ts";
import { Conversation, messagesOf, no, type Said, sure, type Turn, yes } from "./conversation.ts";

const ask = (ctx: Context, message: string, key?: string) => ctx.elicit({ message, schema: sure, key });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("branches that run side by side", () => {
  test("may use a step's name again, whichever is answered first", async () => {
    const refunded: string[] = [];
    const conversation = new Conversation(async (ctx) => {
      const refunds = ["A", "B", "C"].map(async (order) => {
        const answer = await ask(ctx, `Refund ${order}?`);
        if (answer.action !== "accept" || !answer.content.sure) return `${order} kept`;
        return ctx.step("refund", () => {
          refunded.push(order);
          return `${order} refunded`;
        });
      });
      return (await Promise.all(refunds)).join(", ");
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation_3: yes } });
    const third = await conversation.say({ state: second.state, answers: { elicitation_2: no } });
    expect(messagesOf(third)).toEqual(["Refund A?"]);
    const last = await conversation.say({ state: third.state, answers: { elicitation: yes } });
    expect(last.text).toBe("A refunded, B kept, C refunded");
    expect(refunded).toEqual(["C", "A"]);
    expect(conversation.log).toEqual([]);
  });

  test("get the results of steps of one name in the order in which they began them", async () => {
    const conversation = new Conversation(async (ctx) => {
      const loads = [30, 1, 15].map((ms) => ctx.step("load", () => sleep(ms).then(() => ms)));
      const loaded = await Promise.all(loads);
      await ask(ctx, "Sure?");
      return loaded.join();
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second.text).toBe("30,1,15");
  });

  test("that ask the same get their own answers, told apart by order", async () => {
    const conversation = new Conversation(async (ctx) => {
      const branch = async (steps: number) => {
        for (let i = 0; i < steps; i++) await ctx.step("s", () => sleep(1));
        return JSON.stringify(await ask(ctx, "Sure?"));
      };
      return (await Promise.all([branch(3), branch(0), branch(1)])).join();
    });
    const first = await conversation.say();
    expect(Object.keys(first.asks ?? {})).toEqual(["elicitation", "elicitation_2", "elicitation_3"]);
    const decline = { action: "decline" };
    const second = await conversation.say({ state: first.state, answers: { elicitation_2: no } });
    const third = await conversation.say({
      state: second.state,
      answers: { elicitation: decline, elicitation_3: yes },
    });
    // The branch without steps asked first, the one with three of them last.
    expect(third.text).toBe([yes, decline, no].map((each) => JSON.stringify(each)).join());
  });

  test("that ask the same get their own answers, told apart by a key", async () => {
    const asked: string[] = [];
    const conversation = new Conversation(async (ctx) => {
      const order = asked.length === 0 ? ["a", "b"] : ["b", "a"];
      const branches = order.map(async (key) => {
        asked.push(key);
        const answer = await ask(ctx, "Sure?", key);
        return `${key} ${answer.action === "accept" && answer.content.sure}`;
      });
      return (await Promise.all(branches)).sort().join();
    });
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { a: yes, b: no } });
    expect(asked).toEqual(["a", "b", "b", "a"]);
    expect(second.text).toBe("a true,b false");
  });

  test("go on one at a time, each as far as it comes", async () => {
    const runs: string[][] = [];
    const conversation = new Conversation(async (ctx) => {
      const seen: string[] = [];
      runs.push(seen);
      const branch = async (name: string, hops: number) => {
        await ask(ctx, `${name}?`);
        for (let i = 0; i < hops; i++) await undefined;
        seen.push(`${name} answered`);
        await ctx.step(name, () => 1);
        for (let i = 0; i < hops; i++) await undefined;
        seen.push(`${name} done`);
      };
      await Promise.all([branch("A", 50), branch("B", 1)]);
      await ask(ctx, "C?");
      return "done";
    });
    const first = await conversation.say();
    const answers = { elicitation: yes, elicitation_2: yes };
    const second = await conversation.say({ state: first.state, answers });
    await conversation.say({ state: second.state, answers: { elicitation_3: yes } });
    expect(runs[1]).toEqual(["A answered", "B answered", "A done", "B done"]);
    expect(runs[2]).toEqual(runs[1]);
  });
});

describe("a run waits for branches to come to where they were", () => {
  afterEach(() => void vi.useRealTimers());

  test("before it goes on elsewhere, so that the same questions are open", async () => {
    const conversation = new Conversation(async (ctx) => {
      const slow = sleep(15).then(() => ask(ctx, "B?"));
      await Promise.all([ask(ctx, "A?"), ctx.step("slower", () => sleep(30)), slow]);
      return "done";
    });
    const first = await conversation.say();
    expect(messagesOf(first)).toEqual(["A?", "B?"]);
    const second = await conversation.say({ state: first.state });
    expect(second.asks).toEqual(first.asks);
    const third = await conversation.say({ state: second.state, answers: { elicitation_2: yes } });
    expect(messagesOf(third)).toEqual(["A?"]);
    const fourth = await conversation.say({ state: third.state, answers: { elicitation: yes } });
    expect(fourth.text).toBe("done");
    expect(conversation.log).toEqual([]);
  });

  test("for a second since the last one came, and not for ever", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const waits = [
      [1, 2],
      [900, 100_000],
      [1, 100_000],
    ];
    let runs = 0;
    const conversation = new Conversation(async (ctx) => {
      const late = (waits[runs++] as number[]).map(async (ms, i) => {
        await sleep(ms);
        await ask(ctx, `${i}?`);
      });
      await Promise.all([ask(ctx, "A?"), ctx.step("s", () => sleep(10)), ...late]);
      return "done";
    });
    const turns: Turn[] = [];
    const say = async (said?: Said) => {
      const before = runs;
      void conversation.say(said).then((turn) => turns.push(turn));
      await until(() => runs > before, "the handler runs");
    };
    await say();
    await vi.advanceTimersByTimeAsync(20);
    await until(() => turns.length === 1, "the call is suspended");
    expect(messagesOf(turns[0] as Turn)).toEqual(["A?", "0?", "1?"]);

    await say({ state: turns[0]?.state });
    await vi.advanceTimersByTimeAsync(900);
    await vi.advanceTimersByTimeAsync(990);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(turns).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20);
    await until(() => turns.length === 2, "the call is suspended");
    expect(messagesOf(turns[1] as Turn)).toEqual(["A?", "0?"]);

    // The answer to what the second run did not come to is taken all the same.
    const answers = { elicitation: yes, elicitation_2: yes, elicitation_3: yes };
    await say({ state: turns[1]?.state, answers });
    await vi.advanceTimersByTimeAsync(100_000);
    await until(() => turns.length === 3, "the call ends");
    expect(turns[2]?.text).toBe("done");
  });
});
