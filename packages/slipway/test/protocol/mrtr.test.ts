import { InMemoryJournalAdapter, type McpServer, RpcError, SuspendSignal, ToolError } from "slipway";
import { describe, expect, test, vi } from "vitest";
import { RevisionSchema } from "../schema/index.ts";
import { httpTransports, matrix, openWire, type Reply, type Wild, type Wire } from "../support/index.ts";
import { AGREEING, emptyServer, fullServer, MODERN, NAME_FORM, REVISION } from "./server.ts";

const ADA = { action: "accept", content: { name: "Ada" } };
const HOME = { roots: [{ uri: "file:///home" }] };

/** The questions of a reply that asks. */
function asked(reply: Reply): { [key: string]: { method: string; params: Wild } } {
  expect(reply.result.resultType).toBe("input_required");
  return reply.result.inputRequests;
}

function stateOf(reply: Reply): string {
  expect(reply.result.resultType).toBe("input_required");
  return reply.result.requestState;
}

/** The retry of a call that asked one question. */
function retryOf(reply: Reply, name: string, answer: object, more: object = {}): object {
  const [key = ""] = Object.keys(asked(reply));
  return { name, requestState: stateOf(reply), inputResponses: { [key]: answer }, ...more };
}

function counting(): { server: McpServer; runs: () => number } {
  let runs = 0;
  const server = emptyServer().tool("t", {
    inputSchema: { type: "object" },
    handler: async (_, ctx) => {
      runs++;
      const answer = await ctx.elicit({ message: "Who?", schema: NAME_FORM });
      return answer.action === "accept" ? answer.content.name : answer.action;
    },
  });
  return { server, runs: () => runs };
}

/** Numbers that are random enough, and the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(matrix(MODERN))("multi round-trip requests over $transport", ({ transport }) => {
  const open = (server: McpServer = fullServer(), options = {}) =>
    openWire(server, { transport, ...options });

  test("what a handler asks travels in the result [2026-07-28/mrtr/server-requests-use-mrtr]", async () => {
    const wire = await open();
    const reply = await wire.callTool("all");
    const requests = Object.values(asked(reply));
    expect(requests.map(({ method }) => method).sort()).toEqual([
      "elicitation/create",
      "roots/list",
      "sampling/createMessage",
    ]);
    expect(reply.messages).toHaveLength(1);
    const done = await wire.callTool("all", {}, { answers: AGREEING });
    expect(JSON.parse(done.toolText)).toEqual({
      who: ADA,
      what: { role: "assistant", content: { type: "text", text: "42" }, model: "m" },
      roots: HOME.roots,
    });
  });

  test("tools, prompts and resources may ask [2026-07-28/mrtr/supported-requests-only]", async () => {
    const wire = await open();
    for (const [method, params] of [
      ["tools/call", { name: "elicit" }],
      ["prompts/get", { name: "asking" }],
      ["resources/read", { uri: "test://asking" }],
    ] as const) {
      expect(Object.keys(asked(await wire.request(method, params)))).toHaveLength(1);
      const reply = await wire.request(method, params, { answers: AGREEING });
      expect(reply.result.resultType).toBe("complete");
      expect(reply.asks).toHaveLength(1);
    }
  });

  test("no other method asks, whoever tries it [2026-07-28/mrtr/supported-requests-only]", async () => {
    const methods = [
      "server/discover",
      "tools/list",
      "prompts/list",
      "resources/list",
      "resources/templates/list",
    ];
    const server = fullServer()
      .resource("test://listing/{id}", {
        list: async (ctx) => {
          if (ctx.request.params?.["ask"] === "list") await ctx.listRoots();
          return [];
        },
        complete: {
          id: async (_, { ctx }) => [(await ctx.listRoots())[0]?.uri ?? ""],
        },
        handler: () => "",
      })
      .use(async (ctx, next) => {
        if (ctx.request.params?.["ask"] === "middleware") await ctx.listRoots();
        await next();
      });
    const wire = await open(server);
    for (const method of [...methods, "completion/complete", "subscriptions/listen"]) {
      const { response } = await wire.request(method, { ask: "middleware" });
      expect(response?.error?.code, method).toBe(-32603);
    }
    expect((await wire.request("resources/list", { ask: "list" })).error.code).toBe(-32603);
    const ref = { type: "ref/resource", uri: "test://listing/{id}" };
    const completion = { ref, argument: { name: "id", value: "" } };
    expect((await wire.request("completion/complete", completion)).error.code).toBe(-32603);
    // Where asking is allowed, middleware may.
    const call = { name: "echo", arguments: { text: "hi" }, ask: "middleware" };
    expect((await wire.request("tools/call", call, { answers: AGREEING })).toolText).toBe("hi");
  });

  test("no key stands for two questions, over all rounds [2026-07-28/mrtr/keys-unique]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        for (let round = 0; round < 5; round++) {
          const form = (message: string, key?: string) => ctx.elicit({ message, schema: NAME_FORM, key });
          await Promise.all([
            form(`a${round}`),
            form("same"),
            form(`b${round}`, "own"),
            ctx.listRoots({ key: "own" }),
          ]);
        }
        return "done";
      },
    });
    const wire = await open(server);
    const questions = new Map<string, string>();
    const reply = await wire.callTool(
      "t",
      {},
      {
        answers: ({ key = "", method, params }) => {
          expect(questions.has(key), key).toBe(false);
          questions.set(key, `${method} ${params.message}`);
          return method === "roots/list" ? HOME : ADA;
        },
      },
    );
    expect(reply.toolText).toBe("done");
    // The roots are asked for once.
    expect(questions.size).toBe(5 * 3 + 1);
    expect(Math.max(...[...questions.keys()].map((key) => key.length))).toBeLessThan(30);
  });

  test("the values are requests of the three kinds, without envelope [2026-07-28/mrtr/values-are-requests]", async () => {
    const schema = new RevisionSchema(REVISION);
    const wire = await open();
    for (const name of ["all", "visit"]) {
      for (const request of Object.values(asked(await wire.callTool(name)))) {
        expect(Object.keys(request).sort()).toEqual(["method", "params"]);
        expect(schema.check("InputRequest", request)).toEqual([]);
      }
    }
  });

  test("requestState is taken for an attacker's input [2026-07-28/mrtr/state-is-untrusted]", async () => {
    const { server, runs } = counting();
    const wire = await open(server);
    const state = stateOf(await wire.callTool("t"));
    const random = randomNumbers(1);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.\u0000é";
    const text = (length: number) =>
      Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");
    const states: unknown[] = [
      "",
      "ref.",
      "ref.x",
      `ref.${state}`,
      "__proto__",
      null,
      0,
      true,
      [],
      [state],
      { state },
      `${state}A`,
      `${state}=`,
      ` ${state}`,
      state.repeat(2),
      "A".repeat(200_000),
      text(100_000),
      ...Array.from({ length: 300 }, () => text(Math.floor(random() * 300))),
      ...Array.from({ length: 100 }, () => state.slice(0, Math.floor(random() * state.length))),
      ...Array.from({ length: 100 }, () => state.slice(Math.ceil(random() * state.length))),
    ];
    const before = runs();
    for (const requestState of states) {
      const reply = await wire.request("tools/call", { name: "t", requestState, inputResponses: {} });
      expect(reply.error.code, String(requestState)).toBe(-32602);
    }
    expect(runs()).toBe(before);
    const genuine = await wire.request("tools/call", { name: "t", requestState: state });
    expect(genuine.result.resultType).toBe("input_required");
  });

  test("a changed state is refused, in words that do not say why, and nothing runs [2026-07-28/mrtr/state-integrity] [2026-07-28/mrtr/state-rejected]", async () => {
    const { server, runs } = counting();
    const wire = await open(server);
    const reply = await wire.callTool("t");
    const bytes = Buffer.from(stateOf(reply), "base64url");
    const messages = new Set<string>();
    const before = runs();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const requestState = changed.toString("base64url");
      const { error } = await wire.request("tools/call", retryOf(reply, "t", ADA, { requestState }));
      expect(error.code).toBe(-32602);
      expect(error).not.toHaveProperty("data");
      messages.add(error.message);
    }
    expect(runs()).toBe(before);
    expect(messages.size).toBe(1);
    const untouched = await wire.request("tools/call", retryOf(reply, "t", ADA));
    expect(untouched.toolText).toBe("Ada");
  });

  test("what is in a state cannot be read, nor found by comparing two [2026-07-28/mrtr/state-integrity]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.step("secret step", () => "a secret of the server");
        await ctx.listRoots();
        return "";
      },
    });
    const wire = await open(server);
    const states = [stateOf(await wire.callTool("t")), stateOf(await wire.callTool("t"))];
    for (const state of states) {
      expect(state).not.toContain("secret");
      expect(Buffer.from(state, "base64url").toString("latin1")).not.toMatch(/secret|step|roots/);
    }
    expect(states[0]?.slice(40, 80)).not.toBe(states[1]?.slice(40, 80));
  });

  test("a state of other keys is refused, and one of an older key of the ring is taken [2026-07-28/mrtr/state-integrity] [2026-07-28/mrtr/state-rejected]", async () => {
    const [older, newer, foreign] = ["older", "newer", "other"].map(
      (name) => `the ${name} secret, long enough to be one`,
    );
    const ring = (...secrets: (string | undefined)[]) => ({ requestState: { secrets: secrets as string[] } });
    const reply = await (await open(fullServer(), ring(older))).callTool("elicit");
    const retry = retryOf(reply, "elicit", ADA);
    const rotated = await open(fullServer(), ring(newer, older));
    expect((await rotated.request("tools/call", retry)).toolText).toBe("Ada");
    const stranger = await open(fullServer(), ring(foreign, newer));
    expect((await stranger.request("tools/call", retry)).error.code).toBe(-32602);
  });

  test("a state expires [2026-07-28/mrtr/state-expires]", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (const [requestState, ttlMs] of [
        [undefined, 3_600_000],
        [{ ttlMs: 60_000 }, 60_000],
      ] as const) {
        const wire = await open(fullServer(), requestState && { requestState });
        const reply = await wire.callTool("elicit");
        const retry = retryOf(reply, "elicit", ADA);
        const start = Date.now();
        vi.setSystemTime(start + ttlMs - 1);
        expect((await wire.request("tools/call", retry)).toolText).toBe("Ada");
        vi.setSystemTime(start + ttlMs);
        expect((await wire.request("tools/call", retry)).error.code).toBe(-32602);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  test("a state belongs to its request [2026-07-28/mrtr/state-binds-request]", async () => {
    const { server } = counting();
    const ask = async (ctx: { elicit: (form: object) => Promise<{ action: string }> }) =>
      (await ctx.elicit({ message: "Who?", schema: NAME_FORM })).action;
    server.tool("twin", { inputSchema: { type: "object" }, handler: (_, ctx) => ask(ctx as never) });
    server.prompt("t", { arguments: [{ name: "a" }], handler: (_, ctx) => ask(ctx as never) });
    server.resource("test://t", { handler: (_uri, _variables, ctx) => ask(ctx as never) });
    server.resource("test://u", { handler: (_uri, _variables, ctx) => ask(ctx as never) });
    const wire = await open(server);
    const args = { a: "1", b: { c: [1, 2], d: "x" } };
    const reply = await wire.callTool("t", args);
    const { requestState, inputResponses } = retryOf(reply, "t", ADA) as Wild;
    const on = (method: string, params: object) =>
      wire.request(method, { ...params, requestState, inputResponses });
    for (const [method, params] of [
      ["tools/call", { name: "twin", arguments: args }],
      ["tools/call", { name: "t" }],
      ["tools/call", { name: "t", arguments: {} }],
      ["tools/call", { name: "t", arguments: { ...args, a: "2" } }],
      ["tools/call", { name: "t", arguments: { ...args, e: null } }],
      ["tools/call", { name: "t", arguments: { ...args, b: { c: [2, 1], d: "x" } } }],
      ["prompts/get", { name: "t", arguments: { a: "1" } }],
      ["resources/read", { uri: "test://t" }],
    ] as const) {
      expect((await on(method, params)).error.code, `${method} ${JSON.stringify(params)}`).toBe(-32602);
    }
    const reordered = { b: { d: "x", c: [1, 2] }, a: "1" };
    expect((await on("tools/call", { name: "t", arguments: reordered })).toolText).toBe("Ada");

    // The same name and arguments, by another method.
    const plain = retryOf(await wire.callTool("t", { a: "1" }), "t", ADA, { arguments: { a: "1" } });
    expect((await wire.request("prompts/get", plain)).error.code).toBe(-32602);
    expect((await wire.request("tools/call", plain)).toolText).toBe("Ada");

    const read = await wire.request("resources/read", { uri: "test://t" });
    const [key = ""] = Object.keys(asked(read));
    const other = { uri: "test://u", requestState: stateOf(read), inputResponses: { [key]: ADA } };
    expect((await wire.request("resources/read", other)).error.code).toBe(-32602);
    expect(
      (await wire.request("resources/read", { ...other, uri: "test://t" })).result.contents,
    ).toHaveLength(1);
  });

  test("a result that asks has the questions and the state, always [2026-07-28/mrtr/requests-or-state]", async () => {
    const wire = await open();
    for (const name of ["elicit", "visit", "sample", "roots", "all"]) {
      const { result } = await wire.callTool(name);
      expect(Object.keys(result).sort()).toEqual(["_meta", "inputRequests", "requestState", "resultType"]);
      expect(Object.keys(result.inputRequests).length).toBeGreaterThan(0);
      expect(result.requestState).toMatch(/^[\w-]+$/);
    }
  });

  test("a handler that throws the signal of suspension itself is in error [2026-07-28/mrtr/requests-or-state]", async () => {
    const fail = () => {
      throw new SuspendSignal();
    };
    const wire = await open(emptyServer().tool("t", { handler: fail }).prompt("p", { handler: fail }));
    expect((await wire.callTool("t")).result).toMatchObject({ resultType: "complete", isError: true });
    expect((await wire.request("prompts/get", { name: "p" })).error.code).toBe(-32603);
  });

  test("what the client cannot answer is not asked, nor is anything beside it [2026-07-28/mrtr/undeclared-requests-not-sent]", async () => {
    const wire = await open(fullServer(), { capabilities: { sampling: {}, roots: {} } });
    const reply = await wire.callTool("all");
    expect(reply.error).toMatchObject({ code: -32021, data: { requiredCapabilities: { elicitation: {} } } });
    expect(reply.text).not.toContain("inputRequests");
  });

  test("a handler that can do without asks only what the client declared [2026-07-28/mrtr/undeclared-requests-not-sent]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        const [who, roots] = await Promise.allSettled([
          ctx.elicit({ message: "Who?", schema: NAME_FORM }),
          ctx.listRoots(),
        ]);
        return `${who.status} ${roots.status}`;
      },
    });
    const wire = await open(server, { capabilities: { roots: {} } });
    const reply = await wire.callTool("t", {}, { answers: AGREEING });
    expect(reply.toolText).toBe("rejected fulfilled");
    expect(reply.asks.map(({ method }) => method)).toEqual(["roots/list"]);
    expect(wire.received.some((message) => JSON.stringify(message).includes("elicitation/create"))).toBe(
      false,
    );
  });

  test("nothing waits for a retry that never comes [2026-07-28/mrtr/no-retry-assumed]", async () => {
    let unwound = 0;
    const journalAdapter = new InMemoryJournalAdapter();
    const put = vi.spyOn(journalAdapter, "put");
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        try {
          await ctx.listRoots();
        } finally {
          unwound++;
        }
        return "";
      },
    });
    const wire = await open(server, { journalAdapter });
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval"] });
    try {
      for (let i = 0; i < 500; i++) stateOf(await wire.callTool("t"));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    expect(unwound).toBe(500);
    expect(put).not.toHaveBeenCalled();
    if (wire.overHttp) expect(wire.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
  });

  test("a call may ask again and again [2026-07-28/mrtr/no-retry-assumed]", async () => {
    const server = emptyServer().tool("guess", {
      handler: async (_, ctx) => {
        for (let attempt = 1; ; attempt++) {
          const answer = await ctx.elicit({ message: "Guess!", schema: NAME_FORM });
          if (answer.action !== "accept") return answer.action;
          if (answer.content.name === "right") return `right at ${attempt}`;
        }
      },
    });
    const wire = await open(server);
    let guesses = 0;
    const answers = () => ({ action: "accept", content: { name: ++guesses === 4 ? "right" : "wrong" } });
    expect((await wire.callTool("guess", {}, { answers })).toolText).toBe("right at 4");
  });

  test.each<[string, string, unknown]>([
    ["elicit", "no object", "yes"],
    ["elicit", "a list", []],
    ["elicit", "null", null],
    ["elicit", "without action", {}],
    ["elicit", "with an action that is none", { action: "yes" }],
    ["elicit", "with content that is text", { action: "accept", content: "Ada" }],
    ["elicit", "with content that does not fit the form", { action: "accept", content: { name: 7 } }],
    ["elicit", "without what the form requires", { action: "accept" }],
    ["visit", "without action", { content: {} }],
    ["sample", "without role", { content: { type: "text", text: "" }, model: "m" }],
    ["sample", "without content", { role: "assistant", model: "m" }],
    ["sample", "without model", { role: "assistant", content: { type: "text", text: "" } }],
    ["roots", "without roots", {}],
    ["roots", "with roots that are none", { roots: ["file:///"] }],
  ])(
    "an answer to %s that is %s is refused, and the handler does not see it [2026-07-28/mrtr/responses-validated]",
    async (name, _, answer) => {
      const wire = await open();
      const reply = await wire.callTool(name);
      const [key = ""] = Object.keys(asked(reply));
      const retry = { name, requestState: stateOf(reply), inputResponses: { [key]: answer } };
      const { error } = await wire.request("tools/call", retry);
      expect(error.code).toBe(-32602);
      const named = JSON.stringify(error);
      expect(named).toContain(
        typeof answer === "object" && answer !== null && !Array.isArray(answer) ? key : "inputResponses",
      );
      // The question is still open.
      const good = { elicit: ADA, visit: { action: "accept" }, sample: undefined, roots: HOME }[name];
      if (good === undefined) return;
      const again = await wire.request("tools/call", { ...retry, inputResponses: { [key]: good } });
      expect(again.result.resultType).toBe("complete");
    },
  );

  test.each([
    ["text", "x"],
    ["a number", 7],
    ["a list", []],
    ["true", true],
    ["null", null],
  ])(
    "inputResponses that are %s are refused [2026-07-28/mrtr/responses-validated] [2026-07-28/mrtr/protocol-errors]",
    async (_, inputResponses) => {
      const { server, runs } = counting();
      const wire = await open(server);
      const requestState = stateOf(await wire.callTool("t"));
      const before = runs();
      for (const state of [{ requestState }, {}]) {
        const { error } = await wire.request("tools/call", { name: "t", inputResponses, ...state });
        expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("inputResponses") });
      }
      expect(runs()).toBe(before);
    },
  );

  test("what fails after the retry is answered like what fails before [2026-07-28/mrtr/protocol-errors]", async () => {
    const failures = {
      internal: new Error("secret"),
      protocol: new RpcError(4001, "no"),
      tool: new ToolError("Sorry."),
    };
    const server = emptyServer();
    for (const [name, error] of Object.entries(failures)) {
      server.prompt(name, {
        handler: async (_, ctx) => {
          await ctx.listRoots();
          throw error;
        },
      });
    }
    const wire = await open(server);
    const get = async (name: string) =>
      (await wire.request("prompts/get", { name }, { answers: AGREEING })).error;
    expect(await get("internal")).toMatchObject({
      code: -32603,
      message: expect.not.stringContaining("secret"),
    });
    expect(await get("protocol")).toEqual({ code: 4001, message: "no" });
    expect(await get("tool")).toMatchObject({ code: -32603, message: "Sorry." });
    expect((await wire.send("{").reply()).error.code).toBe(-32700);
  });

  test("answers to what was not asked are ignored [2026-07-28/mrtr/unexpected-responses-ignored]", async () => {
    const wire = await open();
    const reply = await wire.callTool("elicit");
    const { inputResponses, ...retry } = retryOf(reply, "elicit", ADA) as Wild;
    const more = { ...inputResponses, unknown: { roots: [] }, "": {}, toString: { action: "decline" } };
    for (const responses of [inputResponses, more]) {
      const done = await wire.request("tools/call", { ...retry, inputResponses: responses });
      expect(done.result.content).toEqual([{ type: "text", text: "Ada" }]);
    }
    // Nor does a call that asks nothing mind them.
    const unasked = { name: "echo", arguments: { text: "hi" }, inputResponses: more };
    expect((await wire.request("tools/call", unasked)).toolText).toBe("hi");
  });

  test("what was not answered is asked again, and what was is kept [2026-07-28/mrtr/missing-responses-asked-again]", async () => {
    const wire = await open();
    const first = await wire.callTool("all");
    const keys = new Map(Object.entries(asked(first)).map(([key, { method }]) => [method, key]));
    const answer = async (reply: Reply, responses: object) =>
      wire.request("tools/call", { name: "all", requestState: stateOf(reply), inputResponses: responses });

    const none = await answer(first, {});
    expect(asked(none)).toEqual(asked(first));

    const second = await answer(none, { [keys.get("roots/list") ?? ""]: HOME });
    expect(
      Object.values(asked(second))
        .map(({ method }) => method)
        .sort(),
    ).toEqual(["elicitation/create", "sampling/createMessage"]);
    const third = await answer(second, { [keys.get("elicitation/create") ?? ""]: ADA });
    expect(Object.keys(asked(third))).toEqual([keys.get("sampling/createMessage")]);
    const sampled = { role: "assistant", content: { type: "text", text: "42" }, model: "m" };
    const last = await answer(third, { [keys.get("sampling/createMessage") ?? ""]: sampled });
    expect(JSON.parse(last.toolText)).toEqual({ who: ADA, what: sampled, roots: HOME.roots });
  });

  test("a journal that is too long for the client goes to the store, and the state refers to it [2026-07-28/mrtr/state-integrity]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        const text = await ctx.step("long", () => "x".repeat(100_000));
        await ctx.listRoots();
        return `${text.length}`;
      },
    });
    const wire = await open(server, { journalAdapter: new InMemoryJournalAdapter() });
    const reply = await wire.callTool("t");
    expect(stateOf(reply).length).toBeLessThan(100);
    expect((await wire.request("tools/call", retryOf(reply, "t", HOME))).toolText).toBe("100000");
    const forged = { requestState: stateOf(reply).slice(0, -1) };
    expect((await wire.request("tools/call", retryOf(reply, "t", HOME, forged))).error.code).toBe(-32602);
  });
});

describe.each(httpTransports)("the state of a principal over %s", (transport) => {
  const state = async (wire: Wire) => retryOf(await wire.callTool("elicit"), "elicit", ADA);

  test("is refused to every other, and to nobody [2026-07-28/mrtr/state-binds-principal]", async () => {
    const alice = { subject: "alice", tenant: "acme" };
    const wire = await openWire(fullServer(), { transport, principal: alice });
    const retry = await state(wire);
    const strangers = [
      { subject: "bob", tenant: "acme" },
      { subject: "alice", tenant: "other" },
      { subject: "alice" },
      { subject: "acme", tenant: "alice" },
      { subject: "", tenant: "" },
      undefined,
    ];
    for (const principal of strangers) {
      const stranger = await wire.connect({ principal });
      expect((await stranger.request("tools/call", retry)).error.code).toBe(-32602);
    }
    const again = await wire.connect({ principal: { ...alice, scopes: ["more"], clientId: "another" } });
    expect((await again.request("tools/call", retry)).toolText).toBe("Ada");
  });

  test("is refused to alice when it was nobody's [2026-07-28/mrtr/state-binds-principal]", async () => {
    const nobody = await openWire(fullServer(), { transport, principal: undefined });
    const retry = await state(nobody);
    const alice = await nobody.connect({ principal: { subject: "alice" } });
    expect((await alice.request("tools/call", retry)).error.code).toBe(-32602);
    expect((await nobody.request("tools/call", retry)).toolText).toBe("Ada");
  });
});
