import { McpServer } from "slipway";
import { z } from "zod";

export const SCOPES = ["notes:read", "notes:write"] as const;

/** Notes that each user has of their own. */
export function createServer(): McpServer {
  const notes = new Map<string, string[]>();
  return new McpServer({ name: "notes", version: "1.0.0" })
    .tool("list_notes", {
      description: "Lists your notes.",
      scopes: ["notes:read"],
      handler: (_, ctx) => notes.get(ctx.auth?.subject ?? "")?.join("\n") ?? "There are none.",
    })
    .tool("add_note", {
      description: "Adds a note.",
      // A client that may only read is told so, and asks its user for more.
      scopes: ["notes:write"],
      inputSchema: z.object({ text: z.string().min(1).max(1_000) }),
      handler: ({ text }, ctx) => {
        const subject = ctx.auth?.subject ?? "";
        notes.set(subject, [...(notes.get(subject) ?? []), text]);
        return `Noted for ${subject}.`;
      },
    });
}
