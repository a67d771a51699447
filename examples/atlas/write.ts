import type { City } from "./gazetteer.ts";

export const FORMATS = ["csv", "json", "geojson"] as const;
export const COLUMNS = ["id", "name", "division", "capital", "population", "latitude", "longitude"] as const;

export type Format = (typeof FORMATS)[number];
export type Column = (typeof COLUMNS)[number];

export const MIME_TYPES: { readonly [format in Format]: string } = {
  csv: "text/csv",
  json: "application/json",
  geojson: "application/geo+json",
};

/** Writes cities in a file format. */
export function write(cities: readonly City[], columns: readonly Column[], format: Format): string {
  switch (format) {
    case "csv":
      return [columns, ...cities.map((city) => columns.map((column) => city[column]))].map(csvLine).join("");
    case "json":
      return JSON.stringify(cities.map((city) => pick(city, columns)));
    case "geojson":
      return JSON.stringify({
        type: "FeatureCollection",
        features: cities.map((city) => ({
          type: "Feature",
          geometry: { type: "Point", coordinates: [city.longitude, city.latitude] },
          properties: pick(city, columns),
        })),
      });
  }
}

function pick(city: City, columns: readonly Column[]): Partial<City> {
  return Object.fromEntries(columns.map((column) => [column, city[column]]));
}

/** https://www.rfc-editor.org/rfc/rfc4180 */
function csvLine(values: readonly unknown[]): string {
  const fields = values
    .map(String)
    .map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
  return `${fields.join(",")}\r\n`;
}
