import { ERROR_CODES, type McpServer, RpcError } from "slipway";
import { z } from "zod";
import { type City, countryName, type Gazetteer } from "./gazetteer.ts";
import { cityUri } from "./resources.ts";
import { suggest } from "./suggest.ts";

/** How far an excursion goes, as the crow flies. */
const DAY_TRIP_KM = 60;

export function addPrompts(server: McpServer, gazetteer: Gazetteer): void {
  server.prompt("plan-trip", {
    title: "Plan a trip",
    description: "Plans a trip to a city, with excursions to its neighbours.",
    arguments: z.object({
      country: z.string().describe("Code of the country, such as CH"),
      city: z.string().describe("Name of the city"),
      days: z
        .string()
        .regex(/^[1-9]\d?$/, "must be a number from 1 to 99")
        .default("3")
        .describe("How many days the trip takes"),
    }),
    complete: {
      country: (typed, { arguments: { city } }) => suggest(gazetteer.countriesFrom(typed, city)),
      city: (typed, { arguments: { country } }) => suggest(gazetteer.namesFrom(typed, country)),
      days: (typed) => ["3", "7", "14"].filter((days) => days.startsWith(typed)),
    },
    handler({ country, city: name, days }) {
      const [city] = gazetteer.named(country, name);
      if (city === undefined) {
        throw new RpcError(
          ERROR_CODES.INVALID_PARAMS,
          `There is no city "${name}" in "${country}". Find cities with search.`,
        );
      }
      return {
        description: `${days} days in ${city.name}`,
        messages: [
          { role: "user", content: { type: "text", text: instructions(gazetteer, city, days) } },
          {
            role: "user",
            content: {
              type: "resource",
              resource: { uri: cityUri(city), mimeType: "application/json", text: JSON.stringify(city) },
            },
          },
        ],
      };
    },
  });
}

function instructions(gazetteer: Gazetteer, city: City, days: string): string {
  const around = gazetteer.nearest(city, { limit: 6, withinKm: DAY_TRIP_KM, minPopulation: 5000 });
  const neighbours = around.filter(({ id }) => id !== city.id).map(({ name }) => name);
  const excursions = neighbours.length === 0 ? "" : ` Consider excursions to ${neighbours.join(", ")}.`;
  return `Plan a trip of ${days} days to ${city.name}, ${countryName(city.country)}.${excursions}`;
}
