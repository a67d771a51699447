import type { McpServer } from "slipway";
import { z } from "zod";
import type { Gazetteer } from "../gazetteer.ts";
import { city, country } from "./shapes.ts";

export function addSearch(server: McpServer, gazetteer: Gazetteer): void {
  server.tool("search", {
    title: "Search cities",
    description:
      "Finds cities by name or the beginning of a name, the largest first. Needs no accents, and forgives a typing error.",
    inputSchema: z.object({
      name: z.string().trim().min(1).max(100),
      country: country.optional(),
      limit: z.int().min(1).max(100).default(10),
    }),
    outputSchema: z.object({
      total: z.int().describe("How many there are, those beyond the limit included"),
      cities: z.array(city),
    }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    handler({ name, country, limit }) {
      const found = gazetteer.search(name, country);
      return { total: found.length, cities: found.slice(0, limit) };
    },
  });
}
