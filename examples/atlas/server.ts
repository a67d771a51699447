import { McpServer } from "slipway";
import { type Gazetteer, loadGazetteer } from "./gazetteer.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { addDistances } from "./tools/distances.ts";
import { addExport } from "./tools/export.ts";
import { addNearest } from "./tools/nearest.ts";
import { addSearch } from "./tools/search.ts";

/** A server that knows all cities of the world. */
export function createAtlas(gazetteer: Gazetteer = loadGazetteer()): McpServer {
  const server = new McpServer({
    name: "atlas",
    version: "1.0.0",
    title: "Atlas",
    description: "All cities of the world with 1,000 inhabitants or more.",
    instructions: "Find a city's id with search; distances and resources build on it.",
  });
  addSearch(server, gazetteer);
  addNearest(server, gazetteer);
  addDistances(server, gazetteer);
  addExport(server, gazetteer);
  addResources(server, gazetteer);
  addPrompts(server, gazetteer);
  return server;
}
