import { afterAll, describe, expect, test } from "vitest";
import { Project } from "./project.ts";

/** Clears the screen, sets the title, turns the direction of writing around, and is a colour in one byte. */
const EVIL = "\u001b[2J\u001b]0;owned\u0007\u202eevil\u009b31m\r";

/** A server over stdio that answers with what stands in its file, whatever it is asked. */
const HOSTILE = `
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
const { results, before } = JSON.parse(readFileSync("hostile.json", "utf8"));
const say = (message) => console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) continue;
  if (method === "tools/call") {
    const progressToken = params._meta?.progressToken;
    for (const message of before) say(message.method === "notifications/progress" ? { ...message, params: { progressToken, ...message.params } } : message);
  }
  const answer = results[method];
  if (answer === undefined) say({ id, error: { code: -32601, message: "?" } });
  else say({ id, ...answer });
}`;

const project = new Project({ "hostile.js": HOSTILE });
afterAll(() => project.remove());

const opening = {
  initialize: {
    result: {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {}, resources: {}, prompts: {}, [EVIL]: {} },
      serverInfo: { name: EVIL, title: EVIL, version: EVIL, description: EVIL, websiteUrl: EVIL },
      instructions: EVIL,
    },
  },
};

async function run(results: object, args: readonly string[], before: readonly object[] = []) {
  project.write("hostile.json", JSON.stringify({ results: { ...opening, ...results }, before }));
  const command = ["--revision", "legacy", "--", process.execPath, "hostile.js"];
  const finished = await project.run([...args, ...command]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
  const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.exec(finished.stdout + finished.stderr);
  expect(obeyed).toBeNull();
  // Nor does it bring the program down.
  expect(finished.stderr).not.toMatch(/\n {4}at |TypeError|RangeError/);
  return finished;
}

/** Schemas of all kinds with the text in every place. */
const EVIL_SCHEMA = {
  type: "object",
  properties: {
    [EVIL]: { type: "string", description: EVIL, default: EVIL, format: EVIL },
    b: { enum: [EVIL, 1] },
    c: { type: "string", pattern: EVIL },
    d: { type: EVIL },
    e: { const: EVIL },
  },
  required: [EVIL],
};

const LOOPS = {
  type: "object",
  properties: {
    a: { $ref: "#/properties/a" },
    b: { type: "array", items: { $ref: "#/properties/b" } },
    c: { anyOf: [{ $ref: "#/properties/c" }, { oneOf: [{ $ref: "#/properties/c" }] }] },
    d: { $ref: "#/%" },
    e: true,
    f: null,
    g: { type: [null, {}] },
  },
};

describe("what a hostile server says", () => {
  test("is shown by inspect as what it is", async () => {
    const { code, stdout } = await run(
      {
        "tools/list": {
          result: {
            tools: [
              { name: EVIL, title: EVIL, description: EVIL, inputSchema: EVIL_SCHEMA, annotations: null },
              { name: "loops", inputSchema: LOOPS },
              { name: 5, description: { a: 1 }, inputSchema: 7, annotations: { readOnlyHint: EVIL } },
              { inputSchema: [] },
            ],
          },
        },
        "resources/list": {
          result: { resources: [{ uri: EVIL, name: EVIL, title: EVIL, mimeType: EVIL, size: EVIL }, {}] },
        },
        "resources/templates/list": { result: { resourceTemplates: [{ uriTemplate: EVIL, name: EVIL }] } },
        "prompts/list": {
          result: {
            prompts: [
              { name: EVIL, arguments: [{ name: EVIL, description: EVIL }, null, 5] },
              { name: "a", arguments: EVIL },
            ],
          },
        },
      },
      ["inspect"],
    );
    expect(code).toBe(0);
    expect(stdout).toContain("\\x1b[2J");
  });

  test.each([
    ["no list", { "tools/list": { result: { tools: "all" } } }],
    ["a list of nothing", { "tools/list": { result: { tools: [null] } } }],
    ["an error", { "tools/list": { error: { code: -1, message: EVIL, data: EVIL } } }],
    ["no lists", { "tools/list": { result: { tools: [] } }, "resources/list": { result: {} } }],
  ])("is an error of inspect when it is %s", async (_what, results) => {
    const { code, stderr } = await run(results, ["inspect"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: The server/);
  });

  const tools = { result: { tools: [{ name: "any", inputSchema: EVIL_SCHEMA }] } };
  const call = ["call", "any", JSON.stringify({ [EVIL]: "x" })];

  test("is no more than text in progress, logs and questions", async () => {
    const before = [
      { method: "notifications/progress", params: { progress: EVIL, total: EVIL, message: EVIL } },
      { method: "notifications/message", params: { level: EVIL, logger: EVIL, data: EVIL } },
      { method: "notifications/message", params: { level: "info", data: { [EVIL]: EVIL } } },
      { method: "notifications/message" },
      {
        id: 1,
        method: "elicitation/create",
        params: {
          message: EVIL,
          requestedSchema: { type: "object", properties: { [EVIL]: { type: "string" } }, required: [EVIL] },
        },
      },
      {
        id: 2,
        method: "elicitation/create",
        params: { mode: "url", message: EVIL, url: `https://${EVIL}/` },
      },
      { id: 3, method: "elicitation/create", params: {} },
      {
        id: 4,
        method: "sampling/createMessage",
        params: {
          systemPrompt: EVIL,
          maxTokens: EVIL,
          messages: [
            { role: EVIL, content: { type: "text", text: EVIL } },
            { role: "user", content: null },
          ],
        },
      },
      { id: 5, method: "sampling/createMessage", params: {} },
    ];
    const answer = { "tools/list": tools, "tools/call": { result: { content: [] } } };
    const { code, stderr } = await run(answer, [...call, "--sample", "x"], before);
    expect(code).toBe(0);
    expect(stderr).toContain("evil");
  });

  test.each([
    [
      "blocks of all kinds",
      {
        content: [
          null,
          5,
          { type: EVIL },
          { type: "image" },
          { type: "resource" },
          { type: "resource_link", uri: EVIL },
          { type: "image", data: EVIL, mimeType: EVIL },
        ],
      },
    ],
    ["no list", { content: EVIL.length }],
    ["structure", { structuredContent: { [EVIL]: EVIL } }],
  ])("is shown by call when the result has %s", async (_what, result) => {
    const { code } = await run({ "tools/list": tools, "tools/call": { result } }, call);
    expect(code).toBe(0);
  });

  test("does nothing in what is said about arguments", async () => {
    const { code, stderr } = await run({ "tools/list": tools }, ["call", "any", "--arg", "b=x"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--arg b wants");
    const missing = await run({ "tools/list": tools }, ["call", "any"]);
    expect(missing.stderr).toContain("any also wants --arg \\x1b[2J");
    const unknown = await run({ "tools/list": { result: { tools: [{ name: EVIL, inputSchema: {} }] } } }, [
      "call",
      "none",
    ]);
    expect(unknown.stderr).toContain("It has \\x1b[2J");
  });
});
