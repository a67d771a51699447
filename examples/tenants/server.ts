import { McpServer } from "slipway";
import type { PerTenant } from "slipway/tenancy";
import { z } from "zod";
import type { Note, Notes } from "./notes.ts";

const Confirmation = z.object({ sure: z.boolean().describe("Whether to go on") });
const read = { scopes: ["notes:read"] };
const write = { scopes: ["notes:write"] };

const lineOf = ({ id, author, text }: Note) => `${id}. ${text} (${author})`;

/** Notes that a tenant's people share. No handler names a tenant: whose notes they are is in the caller's token. */
export function createServer(notes: PerTenant<Notes>): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const author = (ctx: { auth: { subject: string } | undefined }) => ctx.auth?.subject ?? "nobody";

  server.tool("list_notes", {
    ...read,
    description: "Lists your organisation's notes.",
    handler: (_, ctx) => notes.use(ctx, (mine) => mine.all().map(lineOf).join("\n") || "There are none."),
  });

  server.tool("add_note", {
    ...write,
    description: "Adds a note.",
    inputSchema: z.object({ text: z.string().min(1).max(1_000) }),
    handler: async ({ text }, ctx) => {
      const id = await notes.use(ctx, (mine) => mine.add(author(ctx), text));
      ctx.notify("notifications/resources/list_changed");
      return `Added note ${id}.`;
    },
  });

  server.tool("erase_notes", {
    ...write,
    description: "Erases all notes, after you have agreed.",
    handler: async (_, ctx) => {
      const count = await ctx.step("count", () => notes.use(ctx, (mine) => mine.all().length));
      const answer = await ctx.elicit({ message: `Erase ${count} notes?`, schema: Confirmation });
      if (answer.action !== "accept" || !answer.content.sure) return "Nothing was erased.";
      return `Erased ${await ctx.step("erase", () => notes.use(ctx, (mine) => mine.erase()))} notes.`;
    },
  });

  server.tool("export_notes", {
    ...read,
    task: "optional",
    description: "Exports all notes, after you have agreed: a task, for clients that know tasks.",
    handler: async (_, ctx) => {
      const answer = await ctx.elicit({ message: "Export all notes?", schema: Confirmation });
      if (answer.action !== "accept" || !answer.content.sure) return "Nothing was exported.";
      return notes.use(ctx, (mine) => JSON.stringify(mine.all()));
    },
  });

  const drafts = server.handle("draft", { schema: z.object({ lines: z.array(z.string()) }) });

  server.tool("begin_draft", {
    ...write,
    description: "Begins a draft, and gives its id.",
    handler: (_, ctx) => drafts.create(ctx, { lines: [] }),
  });

  server.tool("add_to_draft", {
    ...write,
    description: "Adds a line to a draft.",
    inputSchema: z.object({ draft: z.string(), line: z.string() }),
    handles: { draft: drafts },
    handler: async ({ draft, line }) => {
      const { lines } = await draft.update(({ lines }) => ({ lines: [...lines, line] }));
      return lines.join("\n");
    },
  });

  server.resource("notes://{id}", {
    ...read,
    description: "A note.",
    list: (ctx) =>
      notes.use(ctx, (mine) =>
        mine.all().map(({ id, text }) => ({ uri: `notes://${id}`, name: text.slice(0, 40) })),
      ),
    handler: async (_uri, { id }, ctx) => {
      const note = await notes.use(ctx, (mine) => mine.get(Number(id)));
      return note && lineOf(note);
    },
  });

  return server;
}
