import type { McpServer } from "slipway";
import { z } from "zod";
import type { Gazetteer } from "../gazetteer.ts";
import { city, latitude, longitude } from "./shapes.ts";

export function addNearest(server: McpServer, gazetteer: Gazetteer): void {
  server.tool("nearest", {
    title: "Nearest cities",
    description: "Finds the cities nearest to a position, the nearest first.",
    inputSchema: z.object({
      latitude,
      longitude,
      limit: z.int().min(1).max(100).default(5),
      withinKm: z.number().positive().optional(),
      minPopulation: z.int().min(0).default(0),
    }),
    outputSchema: z.object({ cities: z.array(city.extend({ distanceKm: z.number() })) }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    handler: ({ latitude, longitude, ...options }) => ({
      cities: gazetteer.nearest({ latitude, longitude }, options),
    }),
  });
}
