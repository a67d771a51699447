import { McpServer, type Principal } from "slipway";
import { describe, expect, onTestFinished, test } from "vitest";
import { gate, httpTransports, matrix, openWire } from "../support/index.ts";

const SOON_MS = 600;

const lapsing = (): Principal => ({ subject: "ada", expiresAt: Date.now() + SOON_MS });

describe.each(matrix({ transports: httpTransports }))(
  "credentials that lapse: $revision over $transport",
  ({ transport, revision, era }) => {
    const open = (server: McpServer, principal: Principal) =>
      openWire(server, { transport, era: revision, principal });

    test("a stream on which the client listens ends with them, in good order", async () => {
      const server = new McpServer({ name: "lapse", version: "1.0.0" }).tool("any", { handler: () => "" });
      const wire = await open(server, lapsing());
      const listening = await wire.listen({ toolsListChanged: true });
      const reply = await listening.reply();
      expect(reply.cut).toBe(false);
      if (era === "modern") expect(reply.result).toBeDefined();
    });

    test("a stream of somebody whose credentials do not lapse stays open", async () => {
      const server = new McpServer({ name: "lapse", version: "1.0.0" }).tool("any", { handler: () => "" });
      const wire = await open(server, { subject: "ada" });
      const other = await wire.connect({ era: revision, principal: lapsing() });
      const listening = await wire.listen({ toolsListChanged: true });
      await (await other.listen({ toolsListChanged: true })).ended;
      server.tool("more", { handler: () => "" });
      expect(await listening.nextOf("notifications/tools/list_changed")).toBeDefined();
    });

    test("a call that has begun before goes on to its end", async () => {
      const done = gate();
      onTestFinished(() => done.open());
      const server = new McpServer({ name: "lapse", version: "1.0.0" }).tool("slow", {
        handler: async (_, ctx) => {
          await ctx.progress({ progress: 1 });
          await done;
          return "done";
        },
      });
      const wire = await open(server, lapsing());
      const listening = await wire.listen({ toolsListChanged: true });
      const call = wire.startTool("slow", {}, { meta: { progressToken: 1 } });
      await call.nextOf("notifications/progress");
      await listening.ended;
      done.open();
      expect((await call.reply()).toolText).toBe("done");
    });
  },
);
