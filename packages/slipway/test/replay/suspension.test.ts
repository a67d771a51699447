import { type Context, SuspendSignal, ToolError } from "slipway";
import { afterEach, describe, expect, test, vi } from "vitest";
import { gate, openWire, until } from "../support/index.ts";
import { Conversation, messagesOf, no, sure, yes } from "./conversation.ts";

const ask = (ctx: Context, message: string) => ctx.elicit({ message, schema: sure });
const hops = async (count: number) => {
  for (let i = 0; i < count; i++) await undefined;
};

describe("questions travel together", () => {
  test.each<[string, (ctx: Context) => Promise<unknown>]>([
    ["that are asked by Promise.all", (ctx) => Promise.all([ask(ctx, "A?"), ask(ctx, "B?")])],
    [
      "that are waited for one after the other",
      async (ctx) => {
        const [a, b] = [ask(ctx, "A?"), ask(ctx, "B?")];
        await a;
        await b;
      },
    ],
    [
      "of branches that have other promises on their way",
      (ctx) => Promise.all([ask(ctx, "A?"), hops(100).then(() => ask(ctx, "B?"))]),
    ],
    [
      "of which one comes behind a step that takes its time",
      (ctx) =>
        Promise.all([
          ask(ctx, "A?"),
          ctx
            .step("slow", () => new Promise((resolve) => setTimeout(resolve, 30)))
            .then(() => ask(ctx, "B?")),
        ]),
    ],
    [
      "of which one comes behind steps, one after the other",
      (ctx) =>
        Promise.all([
          ask(ctx, "A?"),
          (async () => {
            for (let i = 0; i < 5; i++) await ctx.step("s", () => i);
            await ask(ctx, "B?");
          })(),
        ]),
    ],
  ])("%s", async (_name, run) => {
    const conversation = new Conversation(run);
    expect(messagesOf(await conversation.say())).toEqual(["A?", "B?"]);
  });

  test("unless a branch waits for something that is no step", async () => {
    const { opened, open } = gate();
    const conversation = new Conversation(async (ctx) => {
      await Promise.all([ask(ctx, "A?"), opened.then(() => ask(ctx, "B?"))]);
      return "done";
    });
    const first = await conversation.say();
    expect(messagesOf(first)).toEqual(["A?"]);
    open();
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(messagesOf(second)).toEqual(["B?"]);
    const third = await conversation.say({ state: second.state, answers: { elicitation_2: yes } });
    expect(third.text).toBe("done");
  });

  test("and the rest is asked again when one is answered", async () => {
    const conversation = new Conversation(async (ctx) =>
      JSON.stringify(await Promise.all([ask(ctx, "A?"), ask(ctx, "B?"), ask(ctx, "C?")])),
    );
    const first = await conversation.say();
    const second = await conversation.say({ state: first.state, answers: { elicitation_2: no } });
    expect(second.asks).toEqual({
      elicitation: first.asks?.["elicitation"],
      elicitation_3: first.asks?.["elicitation_3"],
    });
    const answers = { elicitation: yes, elicitation_3: yes };
    const third = await conversation.say({ state: second.state, answers });
    expect(third.text).toBe(JSON.stringify([yes, no, yes]));
  });
});

describe("a call is suspended only when its steps are on record", () => {
  test("so that each is done once", async () => {
    const done: string[] = [];
    const conversation = new Conversation(async (ctx) => {
      const slow = ctx.step("slow", async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        done.push("slow");
        return "slow";
      });
      const answer = await ask(ctx, "Sure?");
      return `${answer.action} ${await slow}`;
    });
    const first = await conversation.say();
    expect(done).toEqual(["slow"]);
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second.text).toBe("accept slow");
    expect(done).toEqual(["slow"]);
  });
});

describe("a suspended handler is unwound", () => {
  test("with a SuspendSignal, after the question has gone out", async () => {
    const seen: unknown[] = [];
    const conversation = new Conversation(async (ctx) => {
      ctx.signal.addEventListener("abort", () => seen.push(ctx.signal.reason));
      try {
        await Promise.all([ask(ctx, "A?"), ask(ctx, "B?").finally(() => seen.push("finally"))]);
      } catch (error) {
        seen.push(error);
        throw error;
      }
    });
    expect(messagesOf(await conversation.say())).toEqual(["A?", "B?"]);
    await until(() => seen.length === 3, "the handler is unwound");
    expect(seen[0]).toBeInstanceOf(SuspendSignal);
    expect(seen.slice(1).sort()).toEqual([seen[0], "finally"].sort());
  });

  test("and its steps are not begun, in finally blocks neither, until it comes to them for good", async () => {
    const done: string[] = [];
    const unwound = gate();
    const conversation = new Conversation(async (ctx) => {
      try {
        await ask(ctx, "Sure?");
        await ctx.step("work", () => void done.push("work"));
      } catch (error) {
        await ctx.step("undo", () => void done.push("undo"));
        throw error;
      } finally {
        await ctx.step("clean", () => void done.push("clean")).finally(() => unwound.open());
      }
      return "done";
    });
    const first = await conversation.say();
    await unwound.opened;
    expect(done).toEqual([]);
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second.text).toBe("done");
    expect(done).toEqual(["work", "clean"]);
  });

  test("and its further questions are refused, so that it is suspended once", async () => {
    const put = vi.fn(() => "id");
    const journalAdapter = { put, get: () => undefined };
    const { opened, open } = gate<unknown>();
    const conversation = new Conversation((ctx) => ask(ctx, "A?").catch(() => ask(ctx, "B?").catch(open)), {
      journalAdapter,
      requestState: { maxLength: 1 },
    });
    expect(messagesOf(await conversation.say())).toEqual(["A?"]);
    expect(await opened).toBeInstanceOf(SuspendSignal);
    expect(put).toHaveBeenCalledTimes(1);
  });

  test.each<[string, (error: unknown) => unknown]>([
    ["returns a result", () => "caught"],
    ["throws an error of its own", () => Promise.reject(new ToolError("caught"))],
  ])("and stays suspended when it catches the signal and %s", async (_name, caught) => {
    const conversation = new Conversation((ctx) => ask(ctx, "Sure?").then(() => "done", caught));
    const mistaken = vi.fn();
    conversation.server.onError((error) => mistaken(error));
    const first = await conversation.say();
    expect(messagesOf(first)).toEqual(["Sure?"]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(mistaken).not.toHaveBeenCalled();
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second.text).toBe("done");
  });

  test("and does not spin when it swallows the signal and asks again for ever", async () => {
    let rounds = 0;
    const conversation = new Conversation(async (ctx) => {
      for (;;) {
        rounds++;
        try {
          const { action } = await ask(ctx, "Sure?");
          return action;
        } catch {
          await ctx.step("note", () => "failed").catch(() => {});
        }
      }
    });
    const first = await conversation.say();
    expect(messagesOf(first)).toEqual(["Sure?"]);
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBeGreaterThan(1);
    expect(rounds).toBeLessThan(20);
    const second = await conversation.say({ state: first.state, answers: { elicitation: yes } });
    expect(second.text).toBe("accept");
  });

  test("and ends no process by what it leaves behind", async () => {
    const rejections: unknown[] = [];
    const rejected = (reason: unknown) => void rejections.push(reason);
    process.on("unhandledRejection", rejected);
    const conversation = new Conversation(async (ctx) => {
      const left = [
        ask(ctx, "A?"),
        ctx.elicit({ message: "B?", url: "https://example.com/" }),
        ctx.listRoots(),
      ];
      const message = { role: "user" as const, content: { type: "text" as const, text: "C?" } };
      const sampled = ctx.sample({ messages: [message], maxTokens: 1 });
      try {
        await ask(ctx, "D?");
      } finally {
        left.push(ask(ctx, "E?"));
        void ctx.step("late", () => {});
      }
      return Promise.all([...left, sampled]);
    });
    const first = await conversation.say();
    expect(Object.keys(first.asks ?? {})).toHaveLength(5);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    process.off("unhandledRejection", rejected);
    expect(rejections).toEqual([]);
  });
});

describe("a handler that ends while a question is open", () => {
  const leave = (ctx: Context) => {
    void ask(ctx, "Sure?");
    return "done";
  };
  test.each<[string, (ctx: Context) => unknown]>([
    ["at once", leave],
    ["later", async (ctx) => leave(ctx)],
    [
      "because another branch was faster",
      (ctx) => Promise.race([ask(ctx, "Sure?"), hops(20).then(() => "done")]),
    ],
  ])("has ended: %s", async (_name, run) => {
    const put = vi.fn(() => "id");
    const journalAdapter = { put, get: () => undefined };
    const conversation = new Conversation(run, { journalAdapter, requestState: { maxLength: 1 } });
    expect((await conversation.say()).text).toBe("done");
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(put).not.toHaveBeenCalled();
  });
});

describe("what a step's function may not do", () => {
  const wrong: [string, (ctx: Context) => Promise<unknown>, RegExp][] = [
    [
      "ask",
      (ctx) => ctx.step("s", () => ask(ctx, "Sure?")),
      /^elicitation\/create was called inside ctx\.step\./,
    ],
    [
      "take a step",
      (ctx) => ctx.step("s", () => ctx.step("t", () => 1)),
      /^ctx\.step was called inside ctx\.step\./,
    ],
  ];
  describe.each(["2026-07-28", "2025-11-25"])("in %s", (era) => {
    test.each(wrong)("%s", async (_name, run, words) => {
      const conversation = new Conversation((ctx) => run(ctx).catch((error: Error) => error.message));
      const wire = await openWire(conversation.server, { transport: "fetch", era });
      const reply = await wire.callTool("run");
      expect(reply.toolText).toMatch(words);
    });
  });

  test("but what runs beside it may", async () => {
    const conversation = new Conversation(async (ctx) => {
      const slow = ctx.step("slow", () => hops(10));
      await ctx.step("quick", () => 1);
      await Promise.all([slow, ask(ctx, "Sure?")]);
    });
    expect(messagesOf(await conversation.say())).toEqual(["Sure?"]);
  });

  describe("when it cannot be told from what runs beside it", () => {
    afterEach(() => void vi.useRealTimers());
    const run = (ctx: Context) =>
      ctx.step("load all", async () => {
        await hops(1);
        return (await ask(ctx, "Sure?")).action;
      });

    test("is logged after ten seconds, with its name", async () => {
      vi.useFakeTimers();
      const conversation = new Conversation(run);
      const leave = new AbortController();
      void conversation.say({ signal: leave.signal });
      await vi.advanceTimersByTimeAsync(9_900);
      expect(conversation.log).toEqual([]);
      await vi.advanceTimersByTimeAsync(200);
      expect(conversation.log).toEqual([
        expect.stringMatching(
          /tools\/call "run" has asked .* the step "load all"\. .*ask outside of ctx\.step/,
        ),
      ]);
      leave.abort();
      await vi.runAllTimersAsync();
      expect(conversation.handler.load.calls).toBe(0);
    });

    test("ends with the request", async () => {
      const conversation = new Conversation(run);
      const leave = new AbortController();
      void conversation.say({ signal: leave.signal });
      await until(() => conversation.handler.load.calls === 1, "the call is served");
      await new Promise((resolve) => setTimeout(resolve, 5));
      leave.abort();
      await until(() => conversation.handler.load.calls === 0, "the call has ended");
    });
  });
});

test("after its client has gone a handler asks nothing more, and learns why", async () => {
  const { opened, open } = gate<unknown>();
  const conversation = new Conversation(async (ctx) => {
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    await ask(ctx, "Sure?").catch(open);
  });
  const leave = new AbortController();
  void conversation.say({ signal: leave.signal });
  await until(() => conversation.handler.load.calls === 1, "the call is served");
  leave.abort();
  expect(await opened).toMatchObject({ message: "The client went away." });
});
