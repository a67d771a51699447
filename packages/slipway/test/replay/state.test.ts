import { createRequire } from "node:module";
import { InMemoryJournalAdapter, type Principal } from "slipway";
import { afterEach, describe, expect, test, vi } from "vitest";
import { refused } from "../../src/server/seal.ts";
import { openWire } from "../support/index.ts";
import { Conversation, type Said, sure, yes } from "./conversation.ts";

const HOUR = 3_600_000;
const secret = (name: string) => `${name} secret, of thirty-two characters`;
const answers = { elicitation: yes };

function asking(options: ConstructorParameters<typeof Conversation>[1] = {}): Conversation {
  const conversation = new Conversation(
    async (ctx) => (await ctx.elicit({ message: "Sure?", schema: sure })).action,
    options,
  );
  conversation.server
    .tool("other", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "Sure?", schema: sure })).action,
    })
    .prompt("run", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "Sure?", schema: sure })).action,
    })
    .resource("test://{name}", {
      handler: async (_uri, _variables, ctx) => (await ctx.elicit({ message: "Sure?", schema: sure })).action,
    });
  return conversation;
}

const { code, message } = refused();
/** The same words for whatever cannot be continued. */
const REFUSED = { code, message };

describe("a state is bound", () => {
  const ada: Principal = { subject: "ada", tenant: "a" };
  const args = { order: 1, deep: { b: [1, { y: 1, x: 2 }], a: "ä" } };
  const first: Said = { auth: ada, params: { arguments: args } };

  test.each<[string, Said]>([
    ["another subject", { auth: { subject: "bob", tenant: "a" } }],
    ["another tenant", { auth: { subject: "ada", tenant: "b" } }],
    ["the same subject without a tenant", { auth: { subject: "ada" } }],
    ["a subject that reads like both", { auth: { subject: `["a","ada"]` } }],
    ["nobody", { auth: undefined }],
    ["another tool", { params: { name: "other", arguments: args } }],
    ["another method", { method: "prompts/get" }],
    ["other arguments", { params: { arguments: { ...args, order: 2 } } }],
    ["more arguments", { params: { arguments: { ...args, more: null } } }],
    [
      "other arguments deep within",
      { params: { arguments: { ...args, deep: { ...args.deep, b: [1, { y: 2, x: 1 }] } } } },
    ],
    [
      "arguments in another order of a list",
      { params: { arguments: { ...args, deep: { ...args.deep, b: [{ y: 1, x: 2 }, 1] } } } },
    ],
    ["no arguments", { params: { arguments: undefined } }],
  ])("so that it is refused to %s", async (_name, change) => {
    const conversation = asking();
    const { state } = await conversation.say(first);
    const refused = await conversation.say({ ...first, ...change, state, answers });
    expect(refused).toMatchObject({ status: 400, error: REFUSED });
    expect((await conversation.say({ ...first, state, answers })).text).toBe("accept");
  });

  test("whatever the order of the arguments' members", async () => {
    const conversation = asking();
    const { state } = await conversation.say(first);
    const reordered = { deep: { a: "ä", b: [1, { x: 2, y: 1 }] }, order: 1 };
    const last = await conversation.say({ ...first, params: { arguments: reordered }, state, answers });
    expect(last.text).toBe("accept");
  });

  test("to a resource's URI", async () => {
    const wire = await openWire(asking().server, { transport: "fetch" });
    const { requestState } = (await wire.request("resources/read", { uri: "test://a" })).result;
    const retry = { requestState, inputResponses: answers };
    const refused = await wire.request("resources/read", { uri: "test://b", ...retry });
    expect(refused.error).toMatchObject(REFUSED);
    const read = await wire.request("resources/read", { uri: "test://a", ...retry });
    expect(read.result["contents"]).toMatchObject([{ text: "accept" }]);
  });

  test("to a prompt's name", async () => {
    const wire = await openWire(asking().server, { transport: "stdio" });
    const { requestState } = (await wire.request("prompts/get", { name: "run" })).result;
    const got = await wire.request("prompts/get", { name: "run", requestState, inputResponses: answers });
    expect(got.result["messages"]).toMatchObject([{ content: { text: "accept" } }]);
  });
});

describe("a state opens", () => {
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["an hour", {}, HOUR],
    ["as long as it is told", { ttlMs: 5_000 }, 5_000],
  ])("for %s", async (_name, requestState, ttlMs) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const conversation = asking({ requestState });
    const { state } = await conversation.say();
    vi.setSystemTime(Date.now() + ttlMs - 1);
    expect((await conversation.say({ state, answers })).text).toBe("accept");
    vi.setSystemTime(Date.now() + 1);
    expect((await conversation.say({ state, answers })).error).toMatchObject(REFUSED);
  });

  test("with every secret of the list, and is made with the first", async () => {
    const conversation = asking({ requestState: { secrets: [secret("old")] } });
    const turned = conversation.elsewhere({ requestState: { secrets: [secret("new"), secret("old")] } });
    const done = conversation.elsewhere({ requestState: { secrets: [secret("new")] } });
    const { state } = await conversation.say();
    expect((await conversation.say({ state, answers }, turned)).text).toBe("accept");
    expect((await conversation.say({ state, answers }, done)).error).toMatchObject(REFUSED);
    const renewed = await conversation.say({ state }, turned);
    expect((await conversation.say({ state: renewed.state, answers }, done)).text).toBe("accept");
    expect((await conversation.say({ state: renewed.state, answers })).error).toMatchObject(REFUSED);
  });

  test("on every transport of a process that has no secret of its own", async () => {
    const conversation = asking();
    const { state } = await conversation.say();
    expect((await conversation.say({ state, answers }, conversation.elsewhere({}))).text).toBe("accept");
  });
});

describe("a state that is no state", () => {
  test.each([
    ["empty", ""],
    ["made up", "AbCdEfGh".repeat(20)],
    ["no base64", "äöü!"],
    ["a reference where nothing is kept", "ref.7c9e6679-7425-40de-944b-e07fc1f90ae7"],
  ])("is refused in the same words: %s", async (_name, state) => {
    expect(await asking().say({ state, answers })).toMatchObject({ status: 400, error: REFUSED });
  });

  test.each([1, null, {}, []])("is refused with what it should be: %j", async (state) => {
    const { error } = await asking().say({ state, answers });
    expect(error).toMatchObject({
      code: -32602,
      message: `"requestState" must be the string that was sent.`,
    });
  });

  test("is not looked at where no question can be asked", async () => {
    const { error } = await asking().say({ state: "made up", method: "tools/list" });
    expect(error).toBeUndefined();
  });
});

describe("a journal that is too large for requestState", () => {
  const large = async (ctx: Parameters<ConstructorParameters<typeof Conversation>[0]>[0]) => {
    const text = await ctx.step("load", () => "x".repeat(100_000));
    await ctx.elicit({ message: "Sure?", schema: sure });
    return `${text.length}`;
  };

  test("is kept by the journalAdapter, and the state refers to it, as often as it is sent", async () => {
    const journalAdapter = new InMemoryJournalAdapter();
    const conversation = new Conversation(large, { journalAdapter });
    const { state } = await conversation.say();
    expect(state?.length).toBeLessThan(100);
    for (let i = 0; i < 2; i++) {
      expect(
        (await conversation.say({ state, answers }, conversation.elsewhere({ journalAdapter }))).text,
      ).toBe("100000");
    }
  });

  test("is sealed there too: bound to its principal, and refused as if it were not there", async () => {
    const journalAdapter = new InMemoryJournalAdapter();
    const conversation = new Conversation(large, { journalAdapter });
    const auth = { subject: "ada" };
    const { state } = await conversation.say({ auth });
    const refused = await conversation.say({ state, answers, auth: { subject: "bob" } });
    expect(refused).toMatchObject({ status: 400, error: REFUSED });
    const unknown = await conversation.say({ state: `${state?.slice(0, -1)}_`, answers, auth });
    expect(unknown).toMatchObject({ status: 400, error: REFUSED });
    const put = journalAdapter.get((state as string).slice("ref.".length));
    expect(put).not.toContain("xxxx");
  });

  test("ends the call without one, and the log says what to do", async () => {
    const conversation = new Conversation(large);
    const { error } = await conversation.say();
    expect(error).toMatchObject({
      code: -32603,
      message: expect.stringMatching(/^Internal error \(reference/),
    });
    expect(conversation.log).toEqual([expect.stringMatching(/^error: tools\/call failed unexpectedly/)]);
    expect(conversation.details[0]).toMatchObject({
      message: expect.stringMatching(
        /^The journal of tools\/call "run" takes 13\d{4} characters, more than the 65536 .* give the transport a journalAdapter\.$/,
      ),
    });
  });

  test.each<[string, () => string | Promise<string>]>([
    ["rejects", () => Promise.reject(new Error("away"))],
    [
      "throws",
      () => {
        throw new Error("away");
      },
    ],
  ])("ends the call when the adapter %s", async (_name, put) => {
    const journalAdapter = { put, get: () => undefined };
    const conversation = new Conversation(large, { journalAdapter });
    expect((await conversation.say()).error).toMatchObject({ code: -32603 });
    expect(conversation.details[0]).toMatchObject({ message: "away" });
  });

  test("may be as large as it is told", async () => {
    const conversation = new Conversation(large, { requestState: { maxLength: 200_000 } });
    const { state } = await conversation.say();
    expect((await conversation.say({ state, answers })).text).toBe("100000");
  });
});

test("keys are derived once for a process, however many transports and calls there are", async () => {
  const derive = vi.spyOn(createRequire(import.meta.url)("node:crypto"), "hkdfSync");
  const requestState = { secrets: [secret("only here")] };
  const conversation = asking({ requestState });
  for (let i = 0; i < 5; i++) {
    const { state } = await conversation.say({}, conversation.elsewhere({ requestState }));
    expect((await conversation.say({ state, answers })).text).toBe("accept");
  }
  // The key and its id.
  expect(derive).toHaveBeenCalledTimes(2);
  derive.mockRestore();
});
