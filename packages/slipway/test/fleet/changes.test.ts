import { type BusMessage, McpServer, StreamableHttpTransport } from "slipway";
import { memoryStore } from "slipway/memory";
import { expect, onTestFinished, test, vi } from "vitest";

test("a server that is made and served in one turn tells the others only of what changes later", async () => {
  const store = memoryStore();
  const heard: BusMessage[] = [];
  store.bus.subscribe((message) => void heard.push(message));
  const server = new McpServer({ name: "made", version: "1.0.0" });
  server.tool("early", { handler: () => "early" });
  const handler = new StreamableHttpTransport({ store: store.instance() }).bind(server);
  onTestFinished(() => handler.close());
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(heard).toEqual([]);

  server.tool("late", { handler: () => "late" });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toMatchObject({
    bell: "change",
    change: { method: "notifications/tools/list_changed" },
  });
});
