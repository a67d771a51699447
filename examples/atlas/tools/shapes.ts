import { z } from "zod";

export const latitude = z.number().min(-90).max(90).describe("Degrees north");
export const longitude = z.number().min(-180).max(180).describe("Degrees east");

export const country = z
  .string()
  .regex(/^[A-Za-z]{2}$/, "must be a code of two letters, such as CH")
  .describe("Code of the country (ISO 3166-1 alpha-2), such as CH");

export const city = z.object({
  id: z.int().describe("GeoNames' id"),
  name: z.string(),
  country: z.string(),
  division: z.string().describe("GeoNames' code of the state, canton or province"),
  capital: z.boolean(),
  population: z.int().min(0).describe("0: unknown"),
  latitude,
  longitude,
});
