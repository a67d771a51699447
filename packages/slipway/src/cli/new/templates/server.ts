import type { Project } from "../project.ts";

/** The server: a tool, one that asks its user, and a resource. It is TypeScript and JavaScript alike. */
export function server({ name }: Project): string {
  return `import { McpServer } from "slipway";
import { z } from "zod";

const server = new McpServer({ name: ${JSON.stringify(name)}, version: "0.1.0" });

server.tool("greet", {
  description: "Greets somebody.",
  inputSchema: z.object({ name: z.string().describe("Whom to greet") }),
  handler: ({ name }) => \`Hello, \${name}!\`,
});

const Trip = z.object({ place: z.enum(["sea", "mountains"]).describe("Where to go") });

// A tool may ask its user in the midst of a call. To the handler it is one line, whatever the client.
server.tool("plan-trip", {
  description: "Plans a day off, after asking where to go.",
  handler: async (_, ctx) => {
    const answer = await ctx.elicit({ message: "A day off! Where would you like to go?", schema: Trip });
    if (answer.action !== "accept") return "Then a quiet day at home it is.";
    return \`Off to the \${answer.content.place}!\`;
  },
});

server.resource("guide://packing", {
  name: "Packing list",
  mimeType: "text/markdown",
  handler: () => "- Water\\n- A hat\\n- Something to read\\n",
});

export default server;
`;
}
