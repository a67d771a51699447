import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARMS, connect, OUR_ARMS } from "../support/arms.ts";
import { Child } from "../support/child.ts";
import type { Peer } from "../support/peer.ts";

const NAMES = { sdk: "peer-v1", client: "peer-v2", "slipway/client": "peer-slipway" };

let http: Child;
let url: URL;

beforeAll(async () => {
  http = new Child("e2e/support/atlas.ts");
  url = new URL((await http.says(/http:\S+/))[0]);
});

afterAll(() => http.stop());

describe.each([...ARMS, ...OUR_ARMS])("$client over $transport", (arm) => {
  let peer: Peer;

  beforeAll(async () => {
    peer = await connect(arm, url);
  });

  afterAll(() => peer.close());

  test("learns who the server is", () => {
    expect(peer.serverName).toBe("atlas");
  });

  test("is known to the server by its name and the revision that it speaks", async () => {
    const { structuredContent } = await peer.call("client", {});
    expect(structuredContent).toMatchObject({
      name: NAMES[arm.client.split(/[ ,]/)[0] as keyof typeof NAMES],
      revision: arm.era === "modern" ? "2026-07-28" : "2025-11-25",
    });
  });

  test("lists the tools with their input schemas", async () => {
    const tools = await peer.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["search", "nearest", "distances", "export"]),
    );
    expect(tools.find(({ name }) => name === "search")?.inputSchema).toMatchObject({
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, limit: { type: "integer", default: 10 } },
    });
  });

  test("lists the dataset and the largest cities as resources", async () => {
    const resources = await peer.listResources();
    expect(resources).toHaveLength(26);
    expect(resources).toContainEqual(expect.objectContaining({ uri: "atlas://dataset", name: "dataset" }));
    expect(resources).toContainEqual(
      expect.objectContaining({ uri: "city://MX/Mexico%20City", name: "Mexico City" }),
    );
  });

  test("lists the template of cities", async () => {
    expect(await peer.listTemplates()).toMatchObject([{ uriTemplate: "city://{country}/{name}" }]);
  });

  test("lists the prompt with its arguments, and which of them are required", async () => {
    expect(await peer.listPrompts()).toMatchObject([
      {
        name: "plan-trip",
        arguments: [
          { name: "country", required: true },
          { name: "city", required: true },
          { name: "days", required: false },
        ],
      },
    ]);
  });

  test("gets a structured result, and the same as text", async () => {
    const result = await peer.call("search", { name: "zurich", country: "ch" });
    expect(result.structuredContent).toEqual({
      total: 1,
      cities: [
        {
          id: 2657896,
          name: "Zürich",
          country: "CH",
          division: "ZH",
          capital: false,
          population: 341730,
          latitude: 47.36667,
          longitude: 8.55,
        },
      ],
    });
    expect(JSON.parse(result.content[0]?.text ?? "")).toEqual(result.structuredContent);
  });

  test("is told as a result, which the model can read, that its arguments do not fit", async () => {
    const result = await peer.call("search", { name: "zurich", limit: 0 });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(/"search" do not fit its input schema.\n- limit/);
  });

  test("is told as a result what a tool has to say about a failure", async () => {
    const result = await peer.call("distances", { from: [1], to: [2657896] });
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: "text", text: expect.stringContaining("Find ids with search") }],
    });
  });

  test("is refused a tool that there is not", async () => {
    await expect(peer.call("searhc", { name: "zurich" })).rejects.toMatchObject({ code: -32602 });
  });

  test("reads a static resource", async () => {
    const [content] = await peer.read("atlas://dataset");
    expect(content).toMatchObject({ uri: "atlas://dataset", mimeType: "application/json" });
    expect(JSON.parse(content?.text ?? "")).toMatchObject({
      cities: expect.any(Number),
      countries: expect.arrayContaining([{ code: "CH", name: "Switzerland" }]),
    });
  });

  test("reads a resource by its template, with a name that needs encoding", async () => {
    const uri = `city://CH/${encodeURIComponent("Zürich")}`;
    const [content] = await peer.read(uri);
    expect(content?.uri).toBe(uri);
    expect(JSON.parse(content?.text ?? "")).toMatchObject([{ id: 2657896, name: "Zürich" }]);
  });

  test("is refused a resource that there is not", async () => {
    // Earlier revisions have a code of their own for it, which client 2.x shows as that of 2026-07-28.
    const code = arm.client === "sdk 1.x" || arm.client === "slipway/client, handshake" ? -32002 : -32602;
    await expect(peer.read("city://CH/Atlantis")).rejects.toMatchObject({ code });
  });

  test("gets a prompt, with the default for what it left out", async () => {
    const messages = await peer.prompt("plan-trip", { country: "CH", city: "Zürich" });
    expect(messages[0]).toMatchObject({
      role: "user",
      content: { type: "text", text: expect.stringContaining("a trip of 3 days to Zürich, Switzerland") },
    });
    expect(messages[1]).toMatchObject({
      role: "user",
      content: { type: "resource", resource: { mimeType: "application/json" } },
    });
  });

  test("is refused a prompt without a required argument", async () => {
    await expect(peer.prompt("plan-trip", { country: "CH" })).rejects.toMatchObject({ code: -32602 });
  });

  const template = { type: "ref/resource", uri: "city://{country}/{name}" } as const;

  test("completes a variable of a template by what was typed", async () => {
    const { values } = await peer.complete({
      ref: template,
      argument: { name: "country", value: "switz" },
    });
    expect(values).toEqual(["CH"]);
  });

  test("completes a variable by the value of the other one, in both directions", async () => {
    const names = await peer.complete({
      ref: template,
      argument: { name: "name", value: "pari" },
      context: { arguments: { country: "FR" } },
    });
    expect(names.values[0]).toBe("Paris");
    const countries = await peer.complete({
      ref: template,
      argument: { name: "country", value: "" },
      context: { arguments: { name: "Paris" } },
    });
    expect(countries.values).toEqual(["CA", "FR", "PA", "US"]);
  });

  test("gets at most 100 completions, and learns that there are more", async () => {
    const { values, hasMore } = await peer.complete({ ref: template, argument: { name: "name", value: "" } });
    expect(values).toHaveLength(100);
    expect(hasMore).toBe(true);
  });

  test("completes an argument of a prompt by another argument", async () => {
    const { values } = await peer.complete({
      ref: { type: "ref/prompt", name: "plan-trip" },
      argument: { name: "city", value: "zur" },
      context: { arguments: { country: "CH" } },
    });
    expect(values[0]).toBe("Zürich");
  });
});
