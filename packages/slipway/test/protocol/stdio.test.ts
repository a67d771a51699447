import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RpcError } from "slipway";
import { describe, expect, onTestFinished, test } from "vitest";
import { ALL_CAPABILITIES, gate, META, type Message, openWire, until } from "../support/index.ts";
import { emptyServer, fullServer, REVISION } from "./server.ts";

const ODD = "a\nb\r\nc\u2028d\u2029e\u0000f\u0085g";

/** The program as a child, with every line that it writes. */
function startProgram() {
  const program = fileURLToPath(new URL("stdio-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", program]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const messages = () => lines.map((line) => JSON.parse(line) as Message);
  const meta = {
    [META.protocolVersion]: REVISION,
    [META.clientCapabilities]: ALL_CAPABILITIES,
    progressToken: "p",
  };
  return {
    child,
    lines,
    messages,
    said: () => said,
    send: (message: Message) => {
      const params = { ...message.params, _meta: meta };
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message, params })}\n`);
    },
    /** Resolves with the first message for which `is` holds. */
    received: (is: (message: Message) => boolean) =>
      new Promise<Message>((resolve) => {
        const look = () => {
          const found = messages().find(is);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

test("each message is one line, whatever is in it [2026-07-28/stdio/no-embedded-newlines]", async () => {
  const server = emptyServer({ instructions: ODD });
  server.tool("odd", {
    description: ODD,
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1, message: ODD });
      await ctx.log.info({ [ODD]: ODD });
      return { structuredContent: { [ODD]: [ODD] } };
    },
  });
  server.prompt("fail", {
    handler: () => {
      throw new RpcError(4001, ODD, { [ODD]: ODD });
    },
  });
  server.tool("ask", {
    handler: async (_, ctx) => (await ctx.elicit({ message: ODD, url: "https://example.com" })).action,
  });
  const wire = await openWire(server, { transport: "stdio" });
  const meta = { progressToken: ODD, [META.logLevel]: "debug" };
  expect((await wire.request("server/discover")).result.instructions).toBe(ODD);
  expect((await wire.request("tools/list")).result.tools[1].description).toBe(ODD);
  const reply = await wire.callTool("odd", {}, { meta, id: ODD });
  expect(reply.result.structuredContent).toEqual({ [ODD]: [ODD] });
  expect(reply.notifications.map(({ params }) => params.message ?? params.data)).toEqual([
    ODD,
    { [ODD]: ODD },
  ]);
  expect((await wire.request("prompts/get", { name: "fail" })).error).toMatchObject({
    message: ODD,
    data: { [ODD]: ODD },
  });
  expect((await wire.callTool("ask")).text).toContain(JSON.stringify(ODD));
  // Each line was one message when it was read.
  expect(wire.stdio.lines).toHaveLength(wire.received.length);
  for (const line of wire.stdio.lines) expect(line).not.toMatch(/[\r\n]/);
});

test("lines may come in pieces, several at once, and with the line ends of Windows", async () => {
  const wire = await openWire(fullServer(), { transport: "stdio" });
  const line = (id: string, text: string) =>
    Buffer.from(
      `${JSON.stringify(wire.message("tools/call", { name: "echo", arguments: { text } }, { id }))}\r\n`,
    );
  const bytes = Buffer.concat([
    line("line 1", "grüße"),
    Buffer.from("\n \n\r\n"),
    line("line 2", "世界"),
    line("line 3", "🛶"),
  ]);
  for (let at = 0; at < bytes.length; at += 7) wire.stdio.write(bytes.subarray(at, at + 7));
  const answers = () => wire.received.filter(({ id }) => String(id).startsWith("line"));
  await until(() => answers().length === 3, "all were answered");
  expect(answers().map(({ id, result }) => [id, result.content?.[0].text])).toEqual([
    ["line 1", "grüße"],
    ["line 2", "世界"],
    ["line 3", "🛶"],
  ]);
});

test("an id that is in use is refused, and the call that has it goes on", async () => {
  const release = gate();
  const server = emptyServer().tool("wait", {
    handler: async () => {
      await release.opened;
      return "done";
    },
  });
  const wire = await openWire(server, { transport: "stdio" });
  const first = wire.startTool("wait", {}, { id: "same" });
  wire.startTool("wait", {}, { id: "same" });
  await until(() => wire.received.length === 1, "one was answered");
  expect(wire.received[0]).toMatchObject({ id: "same", error: { code: -32600 } });
  release.open();
  await until(() => wire.received.length === 2, "the other was answered");
  expect(wire.received[1]).toMatchObject({ id: "same", result: { content: [{ text: "done" }] } });
  first.close();
});

test("a cancellation is known before the next line is handled [2026-07-28/stdio/cancellation-stops-work]", async () => {
  const started = gate();
  let aborted = false;
  const server = emptyServer()
    .tool("wait", {
      handler: async (_, ctx) => {
        ctx.signal.addEventListener("abort", () => {
          aborted = true;
        });
        started.open();
        await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
        return "";
      },
    })
    .tool("look", { handler: () => String(aborted) });
  const wire = await openWire(server, { transport: "stdio" });
  const stream = wire.startTool("wait", {}, { id: "w" });
  await started.opened;
  // Both lines in one piece.
  const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "w" } };
  const look = wire.message("tools/call", { name: "look" }, { id: "look" });
  const reply = wire.send(`${JSON.stringify(cancelled)}\n${JSON.stringify(look)}`).reply();
  expect((await reply).toolText).toBe("true");
  expect(stream.messages.items).toEqual([]);
});

describe("a program that serves on stdio", () => {
  test("writes messages to its output, and all else to its errors [2026-07-28/stdio/stdout-is-for-messages]", async () => {
    const program = startProgram();
    program.send({ id: 1, method: "tools/call", params: { name: "talk" } });
    await program.received(({ id }) => id === 1);
    program.child.stdin.end();
    await once(program.child, "close");
    expect(program.messages()).toEqual([
      expect.objectContaining({ method: "notifications/progress" }),
      expect.objectContaining({
        id: 1,
        result: expect.objectContaining({ content: [{ type: "text", text: "talked" }] }),
      }),
    ]);
    for (const text of [
      "by console.log",
      "by console.info",
      "by process.stdout, without end{}",
      '"forged"',
    ]) {
      expect(program.said()).toContain(text);
    }
  });

  test("writes no requests, whatever its tools ask [2026-07-28/stdio/no-requests]", async () => {
    const program = startProgram();
    program.send({ id: 1, method: "tools/call", params: { name: "ask" } });
    program.send({ id: 2, method: "subscriptions/listen", params: { notifications: {} } });
    await program.received(({ id }) => id === 1);
    program.child.stdin.end();
    await once(program.child, "close");
    const messages = program.messages();
    expect(Object.keys(messages.find(({ id }) => id === 1)?.result.inputRequests ?? {})).toHaveLength(3);
    expect(messages.filter((message) => message.method !== undefined && "id" in message)).toEqual([]);
  });

  test("ends by itself soon after its input has, with a call and a subscription open [2026-07-28/stdio/exits-on-end-of-input]", async () => {
    const program = startProgram();
    program.send({ id: 1, method: "tools/call", params: { name: "hang" } });
    program.send({
      id: 2,
      method: "subscriptions/listen",
      params: { notifications: { toolsListChanged: true } },
    });
    await once(program.child.stdout, "data");
    const ended = once(program.child, "close");
    const start = performance.now();
    program.child.stdin.end();
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "answers its subscriptions before it ends by %s [2026-07-28/subscriptions/graceful-end]",
    async (signal) => {
      const program = startProgram();
      program.send({ id: 1, method: "subscriptions/listen", params: { notifications: {} } });
      await once(program.child.stdout, "data");
      const ended = once(program.child, "close");
      program.child.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(program.messages().slice(-2)).toEqual([
        { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
        { jsonrpc: "2.0", id: 1, result: expect.objectContaining({ resultType: "complete" }) },
      ]);
    },
  );
});
