import { ERROR_CODES, RpcError } from "slipway";
import { describe, expect, test } from "vitest";
import { matrix, openWire } from "../support/index.ts";
import { emptyServer, fullServer, keepingLogger, MODERN } from "./server.ts";

/** A server whose handlers all fail in one way. */
function failing(error: unknown, options = {}) {
  const fail = () => {
    throw error;
  };
  const server = emptyServer(options).tool("t", { handler: fail }).prompt("p", { handler: fail });
  return server.resource("test://r", { handler: fail });
}

const CALLS = [
  ["tools/call", { name: "t" }],
  ["prompts/get", { name: "p" }],
  ["resources/read", { uri: "test://r" }],
] as const;

test("the package allots no code from -32000 to -32019, and uses of the rest only what is defined [2026-07-28/errors/legacy-range-not-allocated] [2026-07-28/errors/own-codes-outside-reserved]", () => {
  const reserved = Object.entries(ERROR_CODES).filter(([, code]) => code >= -32768 && code <= -32000);
  expect(Object.fromEntries(reserved)).toEqual({
    PARSE_ERROR: -32700,
    INVALID_REQUEST: -32600,
    METHOD_NOT_FOUND: -32601,
    INVALID_PARAMS: -32602,
    INTERNAL_ERROR: -32603,
    // Of earlier revisions, for their clients.
    RESOURCE_NOT_FOUND: -32002,
    HEADER_MISMATCH: -32020,
    MISSING_REQUIRED_CLIENT_CAPABILITY: -32021,
    UNSUPPORTED_PROTOCOL_VERSION: -32022,
  });
});

describe.each(matrix(MODERN))("error codes over $transport", ({ transport }) => {
  const codeOf = async (server: ReturnType<typeof failing>, [method, params]: (typeof CALLS)[number]) => {
    const wire = await openWire(server, { transport });
    return (await wire.request(method, params)).error;
  };

  const legacy = [-32000, -32001, -32010, -32019];
  test.each(legacy)(
    "a handler cannot use %d, and its author is told [2026-07-28/errors/legacy-range-not-allocated] [2026-07-28/errors/legacy-range-not-used]",
    async (code) => {
      const { logger, entries } = keepingLogger();
      for (const call of CALLS) {
        const error = await codeOf(failing(new RpcError(code, "no", { why: 1 }), { logger }), call);
        expect(error).toEqual({ code: -32603, message: "no", data: { why: 1 } });
      }
      expect(entries.filter(({ level, text }) => level === "warn" && text.includes(`${code}`))).toHaveLength(
        3,
      );
    },
  );

  const reserved = [-32023, -32050, -32099];
  test.each(reserved)(
    "a handler cannot use %d, which the specification keeps for itself [2026-07-28/errors/reserved-range-only-defined]",
    async (code) => {
      for (const call of CALLS)
        expect((await codeOf(failing(new RpcError(code, "no")), call)).code).toBe(-32603);
    },
  );

  test.each([-32020, -32021, -32022])(
    "a handler cannot use %d for a purpose of its own [2026-07-28/errors/defined-codes-keep-their-meaning]",
    async (code) => {
      for (const call of CALLS)
        expect((await codeOf(failing(new RpcError(code, "no")), call)).code).toBe(-32603);
    },
  );

  test("a handler that needs a capability may say so itself [2026-07-28/errors/defined-codes-keep-their-meaning]", async () => {
    const needs = { requiredCapabilities: { sampling: {} } };
    const error = new RpcError(ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY, "no", needs);
    for (const call of CALLS)
      expect(await codeOf(failing(error), call)).toMatchObject({ code: -32021, data: needs });
  });

  test("each defined code comes from its cause alone [2026-07-28/errors/defined-codes-keep-their-meaning]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const bare = await wire.connect({ capabilities: {} });
    const version = { "io.modelcontextprotocol/protocolVersion": "1900-01-01" };
    const headers = { "mcp-method": "prompts/list" };
    expect((await wire.request("tools/list", {}, { meta: version })).error.code).toBe(-32022);
    expect((await bare.callTool("roots")).error.code).toBe(-32021);
    const mirrored = await wire.request("tools/list", {}, { headers });
    expect(mirrored.response?.error?.code).toBe(wire.overHttp ? -32020 : undefined);
  });

  test.each([-32002, -32042])(
    "%d of earlier revisions is not sent [2026-07-28/errors/no-resource-not-found-code] [2026-07-28/errors/no-url-elicitation-required-code]",
    async (code) => {
      for (const call of CALLS) {
        const error = await codeOf(failing(new RpcError(code, "gone")), call);
        expect(error).toMatchObject({ code: code === -32002 ? -32602 : -32603, message: "gone" });
      }
    },
  );

  test("a resource that does not exist is invalid params [2026-07-28/errors/no-resource-not-found-code]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const { error } = await wire.request("resources/read", { uri: "test://nowhere" });
    expect(error.code).toBe(-32602);
  });

  test("a tool that needs a visit to a URL asks for it as input [2026-07-28/errors/no-url-elicitation-required-code]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const reply = await wire.callTool("visit");
    expect(reply.result.resultType).toBe("input_required");
    const [request] = Object.values<{ params: object }>(reply.result.inputRequests);
    expect(request?.params).toMatchObject({ mode: "url", url: "https://example.com/go" });
  });

  test.each([4001, 1, 0, -1, -31999, -32769])(
    "a handler's own code %d reaches the client [2026-07-28/errors/own-codes-outside-reserved]",
    async (code) => {
      for (const call of CALLS) {
        expect(await codeOf(failing(new RpcError(code, "own", [1])), call)).toEqual({
          code,
          message: "own",
          data: [1],
        });
      }
    },
  );

  test("what onError answers is held to the same codes [2026-07-28/errors/reserved-range-only-defined] [2026-07-28/errors/legacy-range-not-used]", async () => {
    const wire = await openWire(
      failing(new Error("no")).onError((_, ctx) => ({
        code: Number(ctx.request.params?.["code"]),
        message: "mapped",
      })),
      { transport },
    );
    for (const code of [-32050, -32000, 1.5]) {
      const { error } = await wire.request("prompts/get", { name: "p", code });
      expect(error).toEqual({ code: -32603, message: "mapped" });
    }
    expect((await wire.request("prompts/get", { name: "p", code: 7 })).error.code).toBe(7);
  });
});
