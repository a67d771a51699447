import { McpServer, type Principal, type PromptReturn } from "slipway";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { httpTransports, matrix, openWire } from "../support/index.ts";

const info = { name: "writer", version: "1.0.0" };
const image = { type: "image", data: "aGVsbG8=", mimeType: "image/png" } as const;
const audio = { type: "audio", data: "aGVsbG8=", mimeType: "audio/wav" } as const;

describe.each(matrix())("prompts in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });
  const capabilitiesOf = async (server: McpServer) => {
    const wire = await open(server);
    const reply = era === "legacy" ? wire.initialized : await wire.request("server/discover");
    return reply?.result.capabilities;
  };

  /** Serves prompts that return these contents, and expects each to fail without telling anything. */
  async function expectNoneSent(returned: { [name: string]: unknown }) {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger });
    for (const [name, value] of Object.entries(returned)) {
      server.prompt(name, { handler: () => value as PromptReturn });
    }
    const wire = await open(server);
    for (const name of Object.keys(returned)) {
      const { error, messages } = await wire.request("prompts/get", { name });
      expect(error.code, name).toBe(-32603);
      expect(error.message).toBe(`Internal error (reference ${error.data.reference})`);
      expect(JSON.stringify(messages), name).not.toContain("hunter2");
      expect(logger.text()).toContain(error.data.reference);
    }
  }

  const message = (content: unknown) => [{ role: "user", content }];

  test(`are declared where there are some [${revision}/prompts/capability-declared]`, async () => {
    const own = new McpServer(info).prompt("a", { handler: () => "" });
    const mounting = new McpServer(info).group("x", new McpServer(info).prompt("a", { handler: () => "" }));
    for (const server of [own, mounting]) {
      expect(await capabilitiesOf(server)).toMatchObject({ prompts: { listChanged: true } });
    }
    expect(await capabilitiesOf(new McpServer(info))).not.toHaveProperty("prompts");
  });

  test(`a change of the list is told once to each listener [${revision}/prompts/list-changed]`, async () => {
    const server = new McpServer(info).prompt("a", { handler: () => "" });
    const wire = await open(server);
    const streams = [await wire.listen({ promptsListChanged: true })];
    if (transport !== "stdio") {
      streams.push(await (await wire.connect({ era: revision })).listen({ promptsListChanged: true }));
    }
    const changes = [
      () => server.prompt("b", { handler: () => "" }).prompt("c", { handler: () => "" }),
      () => server.prompts.remove("b"),
      () => server.prompts.disable("c"),
      () => server.prompts.enable("c"),
      () => server.notify("notifications/prompts/list_changed"),
    ];
    for (const [index, change] of changes.entries()) {
      change();
      for (const stream of streams) {
        expect((await stream.next()).method).toBe("notifications/prompts/list_changed");
        const told = stream.messages.items.filter(({ method }) => method?.endsWith("list_changed"));
        expect(told).toHaveLength(index + 1);
      }
    }
  });

  test(`an image is Base64 with a media type, or is not sent [${revision}/prompts/image-content]`, async () => {
    const server = new McpServer(info).prompt("image", { handler: () => [{ role: "user", content: image }] });
    const wire = await open(server);
    expect((await wire.request("prompts/get", { name: "image" })).result.messages).toEqual(message(image));
    await expectNoneSent({
      data: message({ ...image, data: "%%%hunter2" }),
      noData: message({ type: "image", mimeType: "image/png", hunter2: 1 }),
      unpadded: message({ ...image, data: "aGVsbG8" }),
      bytes: message({ ...image, data: new Uint8Array(3) }),
      mimeType: message({ ...image, mimeType: "png" }),
      noMimeType: message({ type: "image", data: "aGVsbG8=" }),
    });
  });

  test(`a sound is Base64 with a media type, or is not sent [${revision}/prompts/audio-content]`, async () => {
    const server = new McpServer(info).prompt("audio", { handler: () => [{ role: "user", content: audio }] });
    const wire = await open(server);
    expect((await wire.request("prompts/get", { name: "audio" })).result.messages).toEqual(message(audio));
    await expectNoneSent({
      data: message({ ...audio, data: "%%%hunter2" }),
      noData: message({ type: "audio", mimeType: "audio/wav", hunter2: 1 }),
      mimeType: message({ ...audio, mimeType: "wav" }),
      noMimeType: message({ type: "audio", data: "aGVsbG8=" }),
    });
  });

  test(`an embedded resource has URI, media type and either text or bytes, or is not sent [${revision}/prompts/embedded-resources]`, async () => {
    const embedded = [
      { uri: "notes://a", mimeType: "text/plain", text: "" },
      { uri: "notes://a", mimeType: "image/png", blob: "aGVsbG8=" },
    ];
    const server = new McpServer(info).prompt("embedded", {
      handler: () =>
        embedded.map((resource) => ({
          role: "user",
          content: { type: "resource", resource },
        })) as PromptReturn,
    });
    const wire = await open(server);
    const { messages } = (await wire.request("prompts/get", { name: "embedded" })).result;
    expect(messages.map((one: { content: { resource: object } }) => one.content.resource)).toEqual(embedded);
    const [text] = embedded;
    const resource = (members: object) => message({ type: "resource", resource: { ...text, ...members } });
    await expectNoneSent({
      noResource: message({ type: "resource", hunter2: 1 }),
      noUri: resource({ uri: undefined, text: "hunter2" }),
      noScheme: resource({ uri: "no scheme hunter2" }),
      noMimeType: resource({ mimeType: undefined, text: "hunter2" }),
      neither: resource({ text: undefined, hunter2: 1 }),
      both: resource({ blob: "aGVsbG8=", text: "hunter2" }),
      notBase64: resource({ text: undefined, blob: "hunter2%" }),
    });
  });

  test(`an unknown prompt is an error that names it [${revision}/prompts/unknown-prompt]`, async () => {
    const wire = await open(new McpServer(info).prompt("a", { handler: () => "" }));
    for (const name of ["nope", "__proto__", "constructor", "toString", ""]) {
      expect((await wire.request("prompts/get", { name })).error).toMatchObject({
        code: -32602,
        message: `Unknown prompt: ${name}`,
      });
    }
    for (const name of [7, null, undefined, ["a"]]) {
      expect((await wire.request("prompts/get", { name })).error.code).toBe(-32602);
    }
  });

  test(`a missing argument is an error that names it [${revision}/prompts/missing-arguments]`, async () => {
    let runs = 0;
    const handler = () => `${++runs}`;
    const server = new McpServer(info)
      .prompt("listed", {
        arguments: [{ name: "city", required: true }, { name: "day", required: true }, { name: "tone" }],
        handler,
      })
      .prompt("schema", {
        arguments: z.object({ city: z.string(), day: z.string(), tone: z.string().optional() }),
        handler,
      });
    const wire = await open(server);
    for (const name of ["listed", "schema"]) {
      for (const [args, missing] of [
        [undefined, "city"],
        [{}, "city"],
        [{ city: "Rome" }, "day"],
        [{ day: "now", tone: "x" }, "city"],
      ] as const) {
        const { error } = await wire.request("prompts/get", { name, arguments: args });
        expect(error).toMatchObject({
          code: -32602,
          message: `The prompt "${name}" needs the argument "${missing}".`,
        });
      }
    }
    expect(runs).toBe(0);
  });

  test(`what a handler throws is an internal error that tells nothing [${revision}/prompts/internal-error]`, async () => {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger })
      .prompt("throws", {
        handler: () => {
          throw new Error("hunter2 at /etc/writer");
        },
      })
      .prompt("rejects", { handler: () => Promise.reject(new Error("hunter2")) });
    const wire = await open(server);
    for (const name of ["throws", "rejects"]) {
      const { error, messages } = await wire.request("prompts/get", { name });
      expect(error.code).toBe(-32603);
      expect(error.message).toBe(`Internal error (reference ${error.data.reference})`);
      expect(JSON.stringify(messages)).not.toMatch(/hunter2|\/etc|\.ts:/);
      expect(logger.text()).toContain(error.data.reference);
    }
    expect(logger.text()).toContain("hunter2 at /etc/writer");
  });

  test(`no handler sees arguments that do not fit [${revision}/prompts/arguments-validated]`, async () => {
    let runs = 0;
    const handler = () => `${++runs}`;
    const server = new McpServer(info)
      .prompt("listed", { arguments: [{ name: "city" }], handler })
      .prompt("schema", { arguments: z.object({ city: z.string().max(5) }), handler })
      .prompt("json", {
        arguments: { type: "object", properties: { city: { type: "string", pattern: "^[A-Z]" } } },
        handler,
      });
    const wire = await open(server);
    const refused: [string, unknown][] = [
      ["listed", { city: 7 }],
      ["listed", { city: null }],
      ["listed", []],
      ["listed", "Rome"],
      ["schema", { city: "Ventimiglia" }],
      ["schema", { city: ["Rome"] }],
      ["json", { city: "rome" }],
    ];
    for (const [name, args] of refused) {
      const { error } = await wire.request("prompts/get", { name, arguments: args });
      expect(error.code, `${name} ${JSON.stringify(args)}`).toBe(-32602);
    }
    expect(runs).toBe(0);
    for (const name of ["listed", "schema", "json"]) {
      expect((await wire.request("prompts/get", { name, arguments: { city: "Rome" } })).result).toBeDefined();
    }
  });

  test(`without prompts their methods are unknown and no change of them is told [${revision}/prompts/capabilities-respected]`, async () => {
    const server = new McpServer(info).tool("a", { handler: () => "" });
    const wire = await open(server);
    for (const method of ["prompts/get", "prompts/list"]) {
      expect((await wire.request(method, { name: "a" })).error.code).toBe(-32601);
    }
    const stream = await wire.listen({ promptsListChanged: true, toolsListChanged: true });
    server.notify("notifications/prompts/list_changed");
    server.notify("notifications/tools/list_changed");
    expect((await stream.next()).method).toBe("notifications/tools/list_changed");
  });

  test(`arguments that the prompt does not have are left out, and messages that are none are not sent [${revision}/prompts/inputs-and-outputs-validated]`, async () => {
    const seen: unknown[] = [];
    const handler = (args: object) => {
      seen.push({ ...args });
      return "ok";
    };
    const server = new McpServer(info)
      .prompt("none", { handler })
      .prompt("listed", { arguments: [{ name: "city" }, { name: "constructor" }], handler })
      .prompt("schema", { arguments: z.object({ city: z.string().optional() }), handler });
    const wire = await open(server);
    for (const name of ["none", "listed", "schema"]) {
      const args = JSON.parse('{"city":"Rome","more":"x","__proto__":"y"}');
      expect((await wire.request("prompts/get", { name, arguments: args })).result.messages).toEqual([
        { role: "user", content: { type: "text", text: "ok" } },
      ]);
    }
    expect(seen).toEqual([{}, { city: "Rome" }, { city: "Rome" }]);
    const content = { type: "text", text: "hunter2" };
    await expectNoneSent({
      nothing: undefined,
      null: null,
      number: 7,
      noRole: [{ content }],
      system: [{ role: "system", content }],
      noContent: [{ role: "user", hunter2: 1 }],
      unknownContent: message({ type: "video", data: "hunter2" }),
      listOfContent: message([content]),
      noText: message({ type: "text", hunter2: 1 }),
      second: [...message(content), "hunter2"],
      noMessages: { description: "hunter2" },
      messagesNoList: { messages: "hunter2" },
    });
  });
});

describe.each(matrix({ revisions: ["2026-07-28"] }))(
  "lists of prompts in $revision over $transport",
  ({ transport, revision }) => {
    test(`a list whose last prompt was removed is empty [${revision}/prompts/list-answered]`, async () => {
      const server = new McpServer(info).prompt("only", { handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      expect((await wire.request("prompts/list")).result.prompts).toHaveLength(1);
      server.prompts.remove("only");
      expect((await wire.request("prompts/list")).result.prompts).toEqual([]);
    });

    test(`the list is the same on every connection, before and after other calls [${revision}/prompts/list-independent-of-connection]`, async () => {
      const server = new McpServer(info)
        .prompt("b", { handler: () => "" })
        .prompt("a", { handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      const list = async (on: typeof wire) => JSON.stringify((await on.request("prompts/list")).result);
      const first = await list(wire);
      await wire.request("prompts/get", { name: "a" });
      await wire.request("prompts/get", { name: "nope" });
      expect(await list(wire)).toBe(first);
      for (let i = 0; i < 3; i++) {
        const other = await wire.connect({ capabilities: {}, clientInfo: { name: `${i}`, version: "1" } });
        expect(await list(other)).toBe(first);
      }
    });
  },
);

describe.each(matrix({ transports: httpTransports }))(
  "prompts for some callers in $revision over $transport",
  ({ transport, revision }) => {
    test("a prompt that a caller may not use is neither listed nor known", async () => {
      const alice: Principal = { subject: "alice" };
      const server = new McpServer(info).prompt("open", { handler: () => "" }).prompt("hidden", {
        visible: (principal) => principal?.subject === "alice",
        handler: () => "secret",
      });
      const wire = await openWire(server, { transport, era: revision, principal: alice });
      const other = await wire.connect({ era: revision, principal: { subject: "bob" } });
      expect((await wire.request("prompts/list")).result.prompts).toHaveLength(2);
      expect((await other.request("prompts/list")).result.prompts).toHaveLength(1);
      expect((await wire.request("prompts/get", { name: "hidden" })).result.messages).toHaveLength(1);
      expect((await other.request("prompts/get", { name: "hidden" })).error).toEqual({
        code: -32602,
        message: "Unknown prompt: hidden",
      });
    });
  },
);
