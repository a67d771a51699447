import { McpServer } from "slipway";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { META, matrix, openWire } from "../support/index.ts";

describe.each(matrix())("a server's options in $revision over $transport", ({ transport, revision, era }) => {
  test("tell clients who it is and how it is used", async () => {
    const identity = {
      name: "atlas",
      version: "1.2.3",
      title: "Atlas",
      description: "Maps.",
      websiteUrl: "https://atlas.example",
      icons: [{ src: "https://atlas.example/icon.png", sizes: ["48x48"] }],
    };
    const server = new McpServer({ ...identity, instructions: "Ask for a map." });
    const wire = await openWire(server, { transport, era: revision });
    const reply = era === "legacy" ? wire.initialized : await wire.request("server/discover");
    expect(reply?.result.instructions).toBe("Ask for a map.");
    const told = era === "legacy" ? reply?.result.serverInfo : reply?.result._meta[META.serverInfo];
    expect(told).toEqual(identity);
    const bare = await openWire(new McpServer({ name: "bare", version: "0" }), { transport, era: revision });
    const less = era === "legacy" ? bare.initialized : await bare.request("server/discover");
    expect(less?.result).not.toHaveProperty("instructions");
    expect(era === "legacy" ? less?.result.serverInfo : less?.result._meta[META.serverInfo]).toEqual({
      name: "bare",
      version: "0",
    });
  });
});

describe("new McpServer", () => {
  test.each([
    [undefined, "name"],
    [{}, "name"],
    [{ name: "", version: "1" }, "name"],
    [{ name: "x" }, "version"],
    [{ name: "x", version: 1 }, "version"],
  ])("refuses %j, for its %s", (options, member) => {
    expect(() => new McpServer(options as never)).toThrow(
      `new McpServer({ name, version }): "${member}" must be a text that is not empty.`,
    );
  });

  test.each(["pageSize", "maxAsksPerCall"])("refuses a %s that is no positive integer", (option) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5"]) {
      expect(() => new McpServer({ name: "x", version: "1", [option]: value })).toThrow(
        `new McpServer({ ${option} }): expected a positive integer`,
      );
    }
  });

  test("without a logger writes errors and warnings to stderr, and nothing to stdout", async () => {
    const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const err = vi.spyOn(console, "error").mockReturnValue();
    const log = vi.spyOn(console, "log").mockReturnValue();
    onTestFinished(() => void vi.restoreAllMocks());
    const server = new McpServer({ name: "x", version: "1" }).tool("no good name", {
      handler: () => {
        throw new Error("secret");
      },
    });
    const wire = await openWire(server, { transport: "fetch" });
    await wire.callTool("no good name");
    const written = err.mock.calls.map(([first]) => first);
    expect(written).toEqual([
      expect.stringContaining('The tool name "no good name"'),
      expect.stringMatching(/^tools\/call failed unexpectedly \(reference [0-9a-f-]{36}\)$/),
    ]);
    expect(log).not.toHaveBeenCalled();
    expect(out).not.toHaveBeenCalled();
  });

  test("with a logger that is an object of methods calls them as its own", async () => {
    class OwnLogger {
      readonly lines: string[] = [];
      error(message: string) {
        this.lines.push(message);
      }
      warn(message: string) {
        this.lines.push(message);
      }
      info() {}
      debug() {}
    }
    const logger = new OwnLogger();
    new McpServer({ name: "x", version: "1", logger }).tool("no good name", { handler: () => "" });
    expect(logger.lines).toHaveLength(1);
  });
});
