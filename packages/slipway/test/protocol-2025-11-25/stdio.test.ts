import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { McpServer } from "slipway";
import { describe, expect, onTestFinished, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { openWire } from "../support/index.ts";

const REVISION = "2025-11-25";

function startProgram() {
  const program = fileURLToPath(new URL("stdio-program.ts", import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, ["--no-warnings", program]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const next = async () => JSON.parse((await lines.next()).value ?? "");
  const open = async () => {
    const clientInfo = { name: "test", version: "1" };
    send({
      id: 0,
      method: "initialize",
      params: { protocolVersion: REVISION, capabilities: {}, clientInfo },
    });
    expect((await next()).result.serverInfo.name).toBe("program");
    send({ method: "notifications/initialized" });
  };
  return { child, send, next, open, said: () => said };
}

describe("a server as a process", () => {
  test("writes nothing but messages to its output [2025-11-25/stdio/stdout-is-for-messages]", async () => {
    const { child, send, next, open, said } = startProgram();
    await open();
    send({ id: 1, method: "tools/call", params: { name: "talk" } });
    expect(await next()).toMatchObject({ id: 1, result: { content: [{ text: "talked" }] } });
    child.stdin.end();
    await once(child, "close");
    for (const who of ["console.log", "console.info", "process.stdout"])
      expect(said()).toContain(`${who} speaks`);
  });

  test("exits when its input is closed, also with a call in flight [2025-11-25/lifecycle/exits-on-closed-input]", async () => {
    const { child, send, next, open } = startProgram();
    await open();
    send({ id: 1, method: "tools/call", params: { name: "hang" } });
    send({ id: 2, method: "ping" });
    expect((await next()).id).toBe(2);
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

test("a call that waits for a client which closes its end says so, and the log knows of no fault", async () => {
  const logger = recordingLogger();
  const server = new McpServer({ name: "asks", version: "1.0.0", logger });
  server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length}` });
  const wire = await openWire(server, { transport: "stdio", era: "2025-11-25" });
  const asking = wire.startTool("ask");
  await asking.nextOf("roots/list");
  wire.stdio.end();
  expect((await asking.reply()).toolText).toMatch(
    /did not answer roots\/list in time: The client closed its end/,
  );
  expect(logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});
