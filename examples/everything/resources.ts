import type { McpServer } from "slipway";
import { image } from "./media.ts";

export function addResources(server: McpServer): void {
  let changes = 0;
  server
    .resource("test://static-text", {
      name: "static-text",
      description: "A text that never changes.",
      mimeType: "text/plain",
      cacheHints: { ttlMs: 300_000, cacheScope: "public" },
      handler: () => "This is the content of the static text resource.",
    })
    .resource("test://static-binary", {
      name: "static-binary",
      description: "An image that never changes.",
      mimeType: "image/png",
      cacheHints: { ttlMs: 300_000, cacheScope: "public" },
      handler: () => Uint8Array.from(atob(image.data), (character) => character.charCodeAt(0)),
    })
    .resource("test://watched-resource", {
      name: "watched-resource",
      description: "A text that the tool test_trigger_resource_change changes.",
      mimeType: "text/plain",
      handler: () => `Changed ${changes} times.`,
    })
    .tool("test_trigger_resource_change", {
      description: "Changes the resource test://watched-resource, so that its subscribers are told.",
      handler: (_args, ctx) => {
        changes++;
        ctx.notify("notifications/resources/updated", { uri: "test://watched-resource" });
        return "Changed.";
      },
    })
    .resource("test://template/{id}/data", {
      name: "template-data",
      description: "The data of an id.",
      mimeType: "application/json",
      complete: { id: (typed) => ["123", "124", "200"].filter((id) => id.startsWith(typed)) },
      handler: (_uri, { id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    });
}
