// A server over stdio, for tests. The first argument is the options of `serveStdio`, as JSON.
import { McpServer } from "slipway";
import { serveStdio } from "slipway/stdio";
import { z } from "zod";

const server = new McpServer({ name: "stdio", version: "1.0.0" });
/** What tests wait for is said on standard error. */
const say = (what: string) => process.stderr.write(`<${what}>\n`);

server.tool("echo", { inputSchema: z.object({ text: z.string() }), handler: ({ text }) => text });

server.tool("length", {
  inputSchema: z.object({ text: z.string() }),
  handler: ({ text }) => String(text.length),
});

let most = 0;

server.tool("large", {
  inputSchema: z.object({ length: z.number() }),
  handler({ length }) {
    say("large");
    // Looked at when the answer, and those to calls that began with this one, have been written.
    setImmediate(() => {
      most = Math.max(most, process.stdout.writableLength);
    });
    return "ü".repeat(length);
  },
});

server.tool("most", { description: "The most that waited for the client.", handler: () => String(most) });

server.tool("gossip", {
  inputSchema: z.object({ lines: z.number() }),
  async handler({ lines }) {
    for (let line = 1; line <= lines; line++) {
      console.log("x".repeat(1000));
      if (line % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return String(process.stderr.writableLength);
  },
});

server.tool("noisy", {
  async handler() {
    console.log("from console.log");
    console.info("from console.info");
    console.dir({ from: "console.dir" });
    console.table([["from console.table"]]);
    process.stdout.write("from stdout.write\n");
    await new Promise<void>((resolve) => {
      process.stdout.write("from stdout.write with a callback\n", () => resolve());
    });
    process.stdout.end("from stdout.end\n");
    return "quiet";
  },
});

server.tool("strange", {
  handler: () => ({
    "line\nbreak": "a\nb\r\nc\u2028d\u2029e",
  }),
});

server.tool("fail", {
  handler() {
    throw new Error("first line\nsecond line");
  },
});

const waiting = new Map<string, () => void>();

server.tool("hold", {
  inputSchema: z.object({ key: z.string() }),
  async handler({ key }, ctx) {
    const released = new Promise<void>((resolve) => waiting.set(key, resolve));
    const aborted = new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
    say(`holds ${key}`);
    await Promise.race([released, aborted]);
    waiting.delete(key);
    if (ctx.signal.aborted) say(`aborted ${key}`);
    await ctx.progress({ progress: 1 });
    await ctx.log.info(`${key} goes on`);
    return ctx.signal.aborted ? "stopped" : "released";
  },
});

server.tool("release", {
  inputSchema: z.object({ key: z.string() }),
  handler({ key }) {
    waiting.get(key)?.();
    return "done";
  },
});

server.tool("pause", {
  inputSchema: z.object({ ms: z.number() }),
  async handler({ ms }) {
    say("pauses");
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "rested";
  },
});

server.tool("stubborn", {
  handler() {
    say("stubborn");
    return new Promise<never>(() => {});
  },
});

server.tool("ask", {
  async handler(_args, ctx) {
    say("asks");
    const answer = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
    return answer.action === "accept" ? `sure: ${answer.content.sure}` : answer.action;
  },
});

server.tool("ask_all", {
  async handler(_args, ctx) {
    const messages = [{ role: "user", content: { type: "text", text: "?" } }] as const;
    const [answer, sample, roots] = await Promise.all([
      ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) }),
      ctx.sample({ messages: [...messages], maxTokens: 1 }),
      ctx.listRoots(),
    ]);
    return [answer.action, sample.model, String(roots.length)].join();
  },
});

server.tool("flood", {
  inputSchema: z.object({ messages: z.number(), length: z.number(), waits: z.boolean() }),
  async handler({ messages, length, waits }, ctx) {
    say("floods");
    for (let progress = 1; progress <= messages; progress++) {
      const sent = ctx.progress({ progress, message: "x".repeat(length) });
      if (waits) await sent;
      most = Math.max(most, process.stdout.writableLength);
      if (progress % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    say(`flooded, at most ${most} waited`);
    return "flooded";
  },
});

server.tool("publish", {
  inputSchema: z.object({ times: z.number() }),
  async handler({ times }, ctx) {
    for (let time = 1; time <= times; time++) {
      ctx.notify("notifications/resources/updated", { uri: "test:watched" });
      if (time % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    say(`published, ${process.stdout.writableLength} waits`);
    return "published";
  },
});

server.resource("test:watched", { name: "watched" }, () => "watched");

const { alive, ...options } = JSON.parse(process.argv[2] ?? "{}");
// What keeps a process alive, as a connection to a database does.
if (alive) setInterval(() => {}, 60_000);
void serveStdio(server, options).closed.then(() => say("closed"));
say("ready");
