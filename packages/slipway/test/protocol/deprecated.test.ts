import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { httpTransports, META, matrix, openWire } from "../support/index.ts";
import { EVERY_METHOD, emptyServer, fullServer, keepingLogger, MODERN } from "./server.ts";

afterEach(() => void vi.restoreAllMocks());

const source = (file: string) => readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");

/** The comment in front of a member of a class or an interface. */
function commentOf(text: string, member: string): string {
  const [before = ""] = text.split(`\n  ${member}`);
  return before.slice(before.lastIndexOf("/**"));
}

describe.each(httpTransports)("HTTP+SSE over %s", (transport) => {
  const PATHS = ["/mcp", "/sse", "/messages", "/"];

  test("is not served unless it is switched on [2026-07-28/deprecated/http-sse]", async () => {
    for (const sessions of [true, false]) {
      const wire = await openWire(fullServer(), { transport, sessions });
      for (const path of PATHS) {
        const reply = await wire.get({ path, headers: { "mcp-protocol-version": null } }).reply();
        expect(reply.status, path).toBeGreaterThanOrEqual(400);
        expect(reply.text).not.toContain("event: endpoint");
      }
    }
  });

  test("is there for old clients where it is [2026-07-28/deprecated/http-sse]", async () => {
    const wire = await openWire(fullServer(), { transport, httpSse: true });
    const stream = wire.get({ path: "/sse" });
    expect(await stream.nextEvent()).toMatchObject({
      event: "endpoint",
      data: expect.stringContaining("/messages?"),
    });
    stream.close();
  });
});

describe.each(matrix(MODERN))("what is deprecated over $transport", ({ transport }) => {
  test("is not used by the runtime itself, whatever the client offers [2026-07-28/deprecated/roots] [2026-07-28/deprecated/sampling]", async () => {
    const wire = await openWire(fullServer(), { transport });
    for (const [method, params] of EVERY_METHOD) await wire.request(method, params);
    for (const name of ["echo", "nothing", "structured", "report", "throw", "?"]) await wire.callTool(name);
    const text = JSON.stringify(wire.received);
    expect(text).not.toMatch(/roots\/list|sampling\/createMessage/);
  });

  test("logs nothing to the client that no handler logs [2026-07-28/deprecated/logging]", async () => {
    const { logger, entries } = keepingLogger();
    const server = emptyServer({ logger })
      .tool("fail", {
        handler: () => {
          throw new Error("for the log");
        },
      })
      .prompt("fail", {
        handler: () => {
          throw new Error("for the log");
        },
      });
    const wire = await openWire(server, { transport });
    const meta = { [META.logLevel]: "debug" };
    await wire.request("server/discover", {}, { meta });
    await wire.callTool("fail", {}, { meta });
    await wire.request("prompts/get", { name: "fail" }, { meta });
    expect(wire.received.filter(({ method }) => method === "notifications/message")).toEqual([]);
    expect(JSON.stringify(wire.received)).not.toContain("for the log");
    expect(entries.filter(({ details }) => String(details[0]).includes("for the log"))).toHaveLength(2);
  });

  test("writes a log of its own to the standard error, where no logger is given [2026-07-28/deprecated/logging]", async () => {
    const errors = vi.spyOn(console, "error").mockReturnValue();
    const output = vi.spyOn(console, "log").mockReturnValue();
    const server = emptyServer({ logger: undefined }).tool("fail", {
      handler: () => {
        throw new Error("for the log");
      },
    });
    const wire = await openWire(server, { transport });
    await wire.callTool("fail");
    expect(errors.mock.calls.flat().map(String).join()).toContain("for the log");
    expect(output).not.toHaveBeenCalled();
  });
});

test.each([
  ["listRoots(", "[2026-07-28/deprecated/roots]"],
  ["sample(", "[2026-07-28/deprecated/sampling]"],
  ["get log(", "[2026-07-28/deprecated/logging]"],
])("%s of a handler's context is marked as deprecated %s", (member) => {
  expect(commentOf(source("server/context.ts"), member)).toMatch(/@deprecated .*2026-07-28/);
});

test("HTTP+SSE is marked as deprecated [2026-07-28/deprecated/http-sse]", () => {
  expect(commentOf(source("http/options.ts"), "httpSse?")).toMatch(/@deprecated/);
});
