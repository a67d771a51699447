import { McpServer, type Outcome, RpcError, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { matrix, openWire, type Reply } from "../support/index.ts";

const info = { name: "wrapped", version: "1.0.0" };

const text = (value: string): Outcome => ({
  kind: "complete",
  result: { content: [{ type: "text", text: value }] },
});

function makeServer(logger = recordingLogger()) {
  return new McpServer({ ...info, logger })
    .tool("fine", { handler: () => "fine" })
    .tool("throws", {
      handler: () => {
        throw new Error("secret");
      },
    })
    .tool("rpc", {
      handler: () => {
        throw new RpcError(7, "Seven");
      },
    })
    .resource("notes://throws", {
      handler: () => {
        throw new RangeError("secret");
      },
    });
}

async function open(server: McpServer) {
  return openWire(server, { transport: "fetch" });
}

function expectMasked(reply: Reply) {
  expect(reply.error.code).toBe(-32603);
  expect(reply.error.message).toMatch(/^Internal error \(reference [0-9a-f-]{36}\)$/);
  expect(reply.text).not.toContain("secret");
}

describe.each(matrix())("middleware in $revision over $transport", ({ transport, revision, era }) => {
  test("wraps every method, the first one added outermost", async () => {
    const order: string[] = [];
    const server = makeServer();
    for (const name of ["outer", "inner"]) {
      expect(
        server.use(async (ctx, next) => {
          order.push(`${name} before ${ctx.request.method}`);
          const outcome = await next();
          order.push(`${name} after ${outcome.kind}`);
        }),
      ).toBe(server);
    }
    const wire = await openWire(server, { transport, era: revision });
    order.length = 0;
    const outcomeOf = async (method: string, params?: object) => {
      await wire.request(method, params);
      const [first, second, third, fourth] = order.splice(0);
      expect([first, second]).toEqual([`outer before ${method}`, `inner before ${method}`]);
      expect(third?.replace("inner", "outer")).toBe(fourth);
      return third?.replace("inner after ", "");
    };
    expect(await outcomeOf("tools/call", { name: "fine" })).toBe("complete");
    expect(await outcomeOf("tools/list")).toBe("encoded");
    expect(await outcomeOf("resources/list")).toBe("encoded");
    if (era === "legacy") expect(await outcomeOf("ping")).toBe("complete");
    else expect(await outcomeOf("server/discover")).toBe("complete");
  });
});

describe("middleware", () => {
  test("sees errors of what it wraps, and may put something in their place", async () => {
    const seen: string[] = [];
    const server = makeServer();
    server.use(async (_ctx, next) => {
      try {
        return await next();
      } catch (error) {
        seen.push((error as Error).name);
        if (error instanceof RangeError) return { kind: "error", error: new RpcError(8, "Eight") };
        throw error;
      }
    });
    const wire = await open(server);
    expect((await wire.request("resources/read", { uri: "notes://throws" })).error).toEqual({
      code: 8,
      message: "Eight",
    });
    expect((await wire.request("resources/read", { uri: "notes://nope" })).error.code).toBe(-32602);
    expect((await wire.request("prompts/list")).error.code).toBe(-32601);
    expect(seen).toEqual(["RangeError", "RpcError", "RpcError"]);
    // A tool's failure is a result, or an outcome of the kind error.
    expect((await wire.callTool("rpc")).error).toEqual({ code: 7, message: "Seven" });
    expect(seen).toHaveLength(3);
  });

  test("may answer without going on, and may replace what came", async () => {
    let runs = 0;
    const server = makeServer().tool("counted", { handler: () => `${++runs}` });
    server.use(async (ctx, next) => {
      const name = ctx.request.params?.["name"];
      if (name === "fine") return text("instead");
      const outcome = await next();
      return name === "counted" ? text(`replaced ${outcome.kind}`) : undefined;
    });
    const wire = await open(server);
    expect((await wire.callTool("fine")).toolText).toBe("instead");
    expect((await wire.callTool("counted")).toolText).toBe("replaced complete");
    expect(runs).toBe(1);
    expect((await wire.request("tools/list")).result.tools).toHaveLength(4);
  });

  test("that throws ends the call with its error", async () => {
    const server = makeServer();
    server.use(async (ctx, next) => {
      switch (ctx.request.params?.["name"]) {
        case "rpc":
          throw new RpcError(9, "Nine");
        case "throws":
          throw new Error("secret");
        case "fine":
          throw new ToolError("Said to the model.");
        default:
          return next();
      }
    });
    const wire = await open(server);
    expect((await wire.callTool("rpc")).error).toEqual({ code: 9, message: "Nine" });
    expectMasked(await wire.callTool("throws"));
    // Outside of a tool there is no model to read it.
    expect((await wire.callTool("fine")).error).toEqual({ code: -32603, message: "Said to the model." });
  });

  test("that calls next twice, or neither goes on nor answers, is a fault of the server", async () => {
    const logger = recordingLogger();
    let runs = 0;
    const twice = makeServer(logger).tool("counted", { handler: () => `${++runs}` });
    twice.use(async (_ctx, next) => {
      await next();
      return next();
    });
    expectMasked(await (await open(twice)).callTool("counted"));
    expect(runs).toBe(1);
    expect(logger.text()).toContain("A middleware called next() twice.");
    const silent = makeServer(logger);
    silent.use(async () => {});
    expectMasked(await (await open(silent)).callTool("fine"));
    expect(logger.text()).toContain("neither called next() nor returned an outcome");
  });

  test("that does not await next leaves its outcome as it is", async () => {
    const server = makeServer();
    server.use(async (_ctx, next) => {
      void next();
    });
    expect((await (await open(server)).callTool("fine")).toolText).toBe("fine");
  });

  test("leaves state for those inside, for each call anew, without a prototype", async () => {
    const server = makeServer();
    let calls = 0;
    const withState = server
      .use<{ call: number }>(async (ctx, next) => {
        expect(Object.keys(ctx.state)).toEqual([]);
        ctx.state.call = ++calls;
        return next();
      })
      .use<{ doubled: number }>(async (ctx, next) => {
        ctx.state.doubled = ctx.state.call * 2;
        return next();
      });
    withState
      .tool("state", {
        handler: (_args, ctx) => `${ctx.state.call} ${ctx.state.doubled} ${"toString" in ctx.state}`,
      })
      .prompt("state", { handler: (_args, ctx) => `${ctx.state.doubled}` })
      .resource("notes://state", { handler: (_uri, _variables, ctx) => `${ctx.state.doubled}` });
    const wire = await open(server);
    expect((await wire.callTool("state")).toolText).toBe("1 2 false");
    expect((await wire.callTool("state")).toolText).toBe("2 4 false");
    expect((await wire.request("prompts/get", { name: "state" })).result.messages[0].content.text).toBe("6");
    expect((await wire.request("resources/read", { uri: "notes://state" })).result.contents[0].text).toBe(
      "8",
    );
  });

  test("added later wraps later calls", async () => {
    const server = makeServer();
    const wire = await open(server);
    expect((await wire.callTool("fine")).toolText).toBe("fine");
    server.use(async () => text("wrapped"));
    expect((await wire.callTool("fine")).toolText).toBe("wrapped");
  });

  test("sees the outcome of a call that waits for its client, and each of its runs", async () => {
    const kinds: string[] = [];
    const server = makeServer().tool("ask", {
      handler: async (_args, ctx) => `${(await ctx.listRoots()).length}`,
    });
    server.use(async (_ctx, next) => {
      try {
        kinds.push((await next()).kind);
      } catch (error) {
        kinds.push((error as Error).name);
        throw error;
      }
    });
    const wire = await open(server);
    const reply = await wire.callTool("ask", {}, { answers: { "roots/list": { roots: [] } } });
    expect(reply.toolText).toBe("0");
    expect(kinds).toEqual(["input_required", "complete"]);
  });
});

describe("onError", () => {
  class QuotaError extends Error {
    readonly left = 0;
  }

  function failing(error: unknown, logger = recordingLogger()) {
    const fail = () => {
      throw error;
    };
    return new McpServer({ ...info, logger })
      .tool("t", { handler: fail })
      .tool("later", { handler: async () => fail() })
      .prompt("p", { arguments: [{ name: "a" }], complete: { a: fail }, handler: fail })
      .resource("notes://r", { handler: fail })
      .resource("notes://{id}", { list: fail, handler: fail });
  }

  const requests: [method: string, params?: object][] = [
    ["tools/call", { name: "t" }],
    ["tools/call", { name: "later" }],
    ["prompts/get", { name: "p" }],
    ["resources/read", { uri: "notes://r" }],
    ["resources/list"],
    ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "" } }],
  ];

  test.each(requests)("decides what a client is told of what %s %j threw", async (method, params) => {
    const seen: unknown[] = [];
    const server = failing(new QuotaError("secret"));
    expect(
      server.onError((error, ctx) => {
        seen.push([(error as Error).message, ctx.request.method]);
        return error instanceof QuotaError
          ? { code: 429, message: "Come back tomorrow.", data: { left: error.left } }
          : undefined;
      }),
    ).toBe(server);
    const reply = await (await open(server)).request(method, params);
    expect(reply.error).toEqual({ code: 429, message: "Come back tomorrow.", data: { left: 0 } });
    expect(seen).toEqual([["secret", method]]);
  });

  test.each(requests)("leaves what it does not know to be masked: %s %j", async (method, params) => {
    const logger = recordingLogger();
    const server = failing(new Error("secret"), logger).onError(() => undefined);
    const reply = await (await open(server)).request(method, params);
    const told = reply.response?.error?.message ?? reply.toolText;
    const [, reference] = /^Internal error \(reference ([0-9a-f-]{36})\)$/.exec(told) ?? [];
    expect(reference).toBeDefined();
    expect(reply.text).not.toContain("secret");
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({
      level: "error",
      message: expect.stringContaining(reference as string),
      details: [expect.objectContaining({ message: "secret" })],
    });
  });

  test("may answer with an RpcError, also in place of another, but not in place of what is said to the model", async () => {
    const server = failing(new RpcError(1, "One")).onError(() => new RpcError(2, "Two", { two: true }));
    expect((await (await open(server)).callTool("t")).error).toEqual({
      code: 2,
      message: "Two",
      data: { two: true },
    });
    const spoken = failing(new ToolError("Sold out.")).onError(() => new RpcError(2, "Two"));
    const wire = await open(spoken);
    expect((await wire.callTool("t")).result).toMatchObject({ isError: true });
    expect((await wire.request("prompts/get", { name: "p" })).error.message).toBe("Two");
  });

  test("sees errors of middleware, and of requests that are refused", async () => {
    const server = makeServer().onError((error) =>
      error instanceof RpcError ? { code: 1, message: `seen ${error.code}` } : { code: 2, message: "seen" },
    );
    server.use(async (ctx, next) => {
      if (ctx.request.params?.["name"] === "fine") throw new Error("secret");
      return next();
    });
    const wire = await open(server);
    expect((await wire.callTool("fine")).error).toEqual({ code: 2, message: "seen" });
    expect((await wire.callTool("nope")).error).toEqual({ code: 1, message: "seen -32602" });
  });

  test("that fails itself is masked like what it was to handle", async () => {
    for (const [method, params] of requests) {
      const logger = recordingLogger();
      const server = failing(new Error("secret"), logger).onError(() => {
        throw new Error("secret too");
      });
      const reply = await (await open(server)).request(method, params);
      expect(reply.response?.error?.message ?? reply.toolText).toMatch(/^Internal error \(reference/);
      expect(reply.text).not.toContain("secret");
      expect(logger.text()).toContain("secret too");
    }
  });

  test("set again replaces the one before", async () => {
    const server = failing(new Error("secret"))
      .onError(() => ({ code: 1, message: "first" }))
      .onError(() => ({ code: 2, message: "second" }));
    expect((await (await open(server)).callTool("t")).error.message).toBe("second");
  });
});
