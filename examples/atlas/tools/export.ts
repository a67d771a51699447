import { type McpServer, ToolError } from "slipway";
import { z } from "zod";
import { countryName, type Gazetteer } from "../gazetteer.ts";
import { COLUMNS, FORMATS, MIME_TYPES, write } from "../write.ts";
import { country } from "./shapes.ts";

const form = z.object({
  format: z.enum(FORMATS).default("csv"),
  columns: z.array(z.enum(COLUMNS)).min(1).default(["name", "population", "latitude", "longitude"]),
});

export function addExport(server: McpServer, gazetteer: Gazetteer): void {
  server.tool("export", {
    title: "Export the cities of a country",
    description:
      "Writes the cities of a country into a file, after asking the user for its format and columns.",
    inputSchema: z.object({ country, limit: z.int().min(1).max(5000).default(1000) }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    async handler({ country, limit }, ctx) {
      const cities = gazetteer.in(country).slice(0, limit);
      if (cities.length === 0) throw new ToolError(`There are no cities in the country "${country}".`);
      const answer = await ctx.elicit({
        message: `Export ${cities.length} cities of ${countryName(country.toUpperCase())}?`,
        schema: form,
      });
      if (answer.action !== "accept") return "The user did not want it: nothing was exported.";
      const { format, columns } = answer.content;
      // Written once, however often a client asks for the result of this call.
      const text = await ctx.step("write", () => write(cities, columns, format));
      return [
        { type: "text", text: `${cities.length} cities as ${format}: ${columns.join(", ")}.` },
        {
          type: "resource",
          resource: { uri: `atlas://exports/${country}.${format}`, mimeType: MIME_TYPES[format], text },
        },
      ];
    },
  });
}
