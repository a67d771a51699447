import { describe, expect, test } from "vitest";
import { RevisionSchema } from "../schema/index.ts";
import {
  type Answers,
  legacyRevisions,
  type Message,
  matrix,
  openWire,
  type Reply,
  type Wild,
  type Wire,
} from "../support/index.ts";
import { makeRichServer } from "./rich-server.ts";

const answers: Answers = {
  "roots/list": { roots: [{ uri: "file:///home", name: "home" }] },
  "sampling/createMessage": { role: "assistant", content: { type: "text", text: "it" }, model: "m-1" },
  "elicitation/create": { action: "accept", content: { color: "r" } },
};

/** Uses all of a server, and gives each response with the method of its request. */
async function useAll(wire: Wire): Promise<{ method: string; response: Message }[]> {
  const used: { method: string; response: Message }[] = [];
  const use = async (method: string, params?: object) => {
    const reply = await wire.request(method, params, { answers, meta: { progressToken: "p" } });
    used.push({ method, response: reply.response as Message });
  };
  used.push({ method: "initialize", response: wire.initialized?.response as Message });
  await use("ping");
  for (const list of ["tools/list", "resources/list", "resources/templates/list", "prompts/list"])
    await use(list);
  for (const name of [
    "blocks",
    "structured",
    "list-of-numbers",
    "report",
    "roots",
    "sample",
    "elicit",
    "fail",
  ]) {
    await use("tools/call", { name });
  }
  await use("resources/read", { uri: "test://a" });
  await use("resources/read", { uri: "test://numbered/2" });
  await use("resources/subscribe", { uri: "test://a" });
  await use("prompts/get", { name: "greet", arguments: { who: "Ada" } });
  await use("completion/complete", {
    ref: { type: "ref/prompt", name: "greet" },
    argument: { name: "who", value: "" },
  });
  await use("logging/setLevel", { level: "debug" });
  await use("no/such");
  await use("tools/call", { name: "no such tool" });
  await use("resources/read", { uri: "test://nowhere" });
  return used;
}

describe.each(matrix({ revisions: legacyRevisions }))(
  "everything of a server, used in $revision over $transport",
  ({ revision, transport }) => {
    const cited = "[2025-11-25/json-rpc/messages-follow-json-rpc] [2025-11-25/lifecycle/version-respected]";

    test(`is JSON-RPC, and has nothing that the revision lacks ${cited}`, async () => {
      const schema = new RevisionSchema(revision);
      const server = makeRichServer();
      const wire = await openWire(server, { transport, era: revision });
      const listening = await wire.listen({ toolsListChanged: true });
      const used = await useAll(wire);
      server.notify("notifications/resources/updated", { uri: "test://a" });
      server.notify("notifications/tools/list_changed");
      await listening.nextOf("notifications/resources/updated");
      await listening.nextOf("notifications/tools/list_changed");

      const others = wire.received.filter((message) => message.method !== undefined);
      expect([
        ...used.flatMap(({ method, response }) => schema.problemsOf(response, method)),
        ...others.flatMap((message) => schema.problemsOf(message)),
      ]).toEqual([]);
      expect(new Set(others.map(({ method }) => method))).toEqual(
        new Set([
          "notifications/progress",
          "notifications/message",
          "notifications/resources/updated",
          "notifications/tools/list_changed",
          "roots/list",
          "sampling/createMessage",
          ...(revision >= "2025-06-18" ? ["elicitation/create"] : []),
        ]),
      );
      for (const message of wire.received) expect(message.jsonrpc).toBe("2.0");
    });
  },
);

const named = (list: Wild[], name: string): Wild => list.find((entry) => entry.name === name);

describe.each(matrix({ revisions: legacyRevisions }))(
  "a session of $revision over $transport",
  ({ revision, transport }) => {
    const titles = revision >= "2025-06-18";
    const icons = revision >= "2025-11-25";
    const structures = revision >= "2025-06-18";
    const cited = "[2025-11-25/lifecycle/version-respected]";
    const open = () => openWire(makeRichServer(), { transport, era: revision });

    test(`is told of titles, icons and annotations as far as the revision has them ${cited}`, async () => {
      const wire = await open();
      const { serverInfo, capabilities } = (wire.initialized as Reply).result;
      expect(serverInfo.title).toBe(titles ? "Rich" : undefined);
      expect(serverInfo.websiteUrl).toBe(icons ? "https://example.com" : undefined);
      expect(capabilities.completions).toEqual(revision >= "2025-03-26" ? {} : undefined);
      const tool = named((await wire.request("tools/list")).result.tools, "blocks");
      const resource = named((await wire.request("resources/list")).result.resources, "a");
      const prompt = named((await wire.request("prompts/list")).result.prompts, "greet");
      for (const definition of [tool, resource, prompt]) {
        expect(definition.description).toBe("A description");
        expect(definition.title).toBe(titles ? "A title" : undefined);
        expect(definition.icons !== undefined).toBe(icons);
      }
      expect(prompt.arguments[0].title).toBe(titles ? "Who" : undefined);
      expect(tool.annotations?.readOnlyHint).toBe(revision >= "2025-03-26" ? true : undefined);
      expect(resource.annotations.lastModified !== undefined).toBe(titles);
      expect(resource.annotations.priority).toBe(0.5);
    });

    test(`gets structured results where the revision has them, and only objects ${cited}`, async () => {
      const wire = await open();
      const { tools } = (await wire.request("tools/list")).result;
      expect(named(tools, "structured").outputSchema !== undefined).toBe(structures);
      expect(named(tools, "list-of-numbers").outputSchema).toBeUndefined();
      const one = await wire.callTool("structured");
      expect(one.result.structuredContent).toEqual(structures ? { n: 1 } : undefined);
      expect(one.toolText).toBe("one");
      const list = await wire.callTool("list-of-numbers");
      expect(list.result.structuredContent).toBeUndefined();
      expect(list.toolText).toBe("[1,2,3]");
    });

    test(`gets links as text and audio as a resource where the revision has neither ${cited}`, async () => {
      const wire = await open();
      const { content } = (await wire.callTool("blocks")).result;
      const { messages } = (await wire.request("prompts/get", { name: "greet", arguments: { who: "Ada" } }))
        .result;
      expect(messages.map((message: Wild) => message.content)).toEqual(content);
      const [text, image, audio, link, embedded] = content;
      expect(text.text).toBe("grüße 世界");
      expect(image.data).toBe("aW1hZ2U=");
      expect(embedded.resource.text).toBe("inside");
      if (revision >= "2025-03-26") expect(audio).toMatchObject({ type: "audio", data: "YXVkaW8=" });
      else
        expect(audio).toMatchObject({
          type: "resource",
          resource: { blob: "YXVkaW8=", mimeType: "audio/wav" },
        });
      if (structures)
        expect(link).toMatchObject({ type: "resource_link", uri: "test://linked", title: "Linked" });
      else expect(link).toEqual({ type: "text", text: "Linked: test://linked" });
    });
  },
);

test("a client of 2024-11-05 gets progress without its message", async () => {
  const wire = await openWire(makeRichServer(), { transport: "fetch", era: "2024-11-05" });
  const reply = await wire.callTool("report", {}, { meta: { progressToken: 7 } });
  expect(reply.notifications[0]?.params).toEqual({ progressToken: 7, progress: 1, total: 2 });
});
