import { setImmediate as nextTurn } from "node:timers/promises";
import { type McpServer, ToolError } from "slipway";
import { z } from "zod";
import { type Gazetteer, kilometres, type Point } from "../gazetteer.ts";
import { latitude, longitude } from "./shapes.ts";

const place = z.union([
  z.int().describe("The id of a city, as search gives it"),
  z.object({ latitude, longitude }),
]);
type Place = z.infer<typeof place>;

export function addDistances(server: McpServer, gazetteer: Gazetteer): void {
  server.tool("distances", {
    title: "Distances between places",
    description: "Measures the great-circle distance from every place of one list to every place of another.",
    inputSchema: z.object({
      from: z.array(place).min(1).max(100),
      to: z.array(place).min(1).max(100),
    }),
    outputSchema: z.object({
      kilometres: z
        .array(z.array(z.number()))
        .describe("A row for each of `from`, a column for each of `to`"),
    }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    async handler({ from, to }, ctx) {
      const destinations = to.map((place) => position(gazetteer, place));
      const rows: number[][] = [];
      for (const place of from) {
        const origin = position(gazetteer, place);
        rows.push(destinations.map((destination) => kilometres(origin, destination)));
        await ctx.progress({ progress: rows.length, total: from.length });
        // Lets other requests in, among them the one that cancels this.
        await nextTurn();
        ctx.signal.throwIfAborted();
      }
      return { kilometres: rows };
    },
  });
}

function position(gazetteer: Gazetteer, place: Place): Point {
  if (typeof place !== "number") return place;
  const city = gazetteer.city(place);
  if (city === undefined) throw new ToolError(`There is no city with the id ${place}. Find ids with search.`);
  return city;
}
