import { McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { httpTransports, matrix, openWire, type Wire } from "../support/index.ts";

const info = { name: "notes", version: "1.0.0" };
const alice: Principal = { subject: "alice", scopes: ["read"] };
const bob: Principal = { subject: "bob" };
const mayRead = (principal: Principal | undefined) => principal?.scopes?.includes("read") ?? false;

/** What the era answers when there is no such resource. */
const NOT_FOUND = { legacy: -32002, modern: -32602 };

async function urisOf(wire: Wire): Promise<string[]> {
  return (await wire.request("resources/list")).result.resources.map(({ uri }: { uri: string }) => uri);
}

describe.each(matrix())("resources in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });
  const capabilitiesOf = async (server: McpServer) => {
    const wire = await open(server);
    const reply = era === "legacy" ? wire.initialized : await wire.request("server/discover");
    return reply?.result.capabilities;
  };

  test(`are declared where there are some, also when all are of a template or mounted [${revision}/resources/capability-declared]`, async () => {
    const handler = () => "";
    const declared = { resources: { listChanged: true, subscribe: true } };
    const one = new McpServer(info).resource("notes://a", { handler });
    const template = new McpServer(info).resource("notes://{id}", { handler });
    const mounting = new McpServer(info).group(new McpServer(info).resource("notes://{id}", { handler }));
    for (const server of [one, template, mounting])
      expect(await capabilitiesOf(server)).toMatchObject(declared);
    expect(await capabilitiesOf(new McpServer(info))).not.toHaveProperty("resources");
  });

  test(`a change of the list is told once to each listener [${revision}/resources/list-changed]`, async () => {
    const server = new McpServer(info).resource("notes://a", { handler: () => "" });
    const wire = await open(server);
    const streams = [await wire.listen({ resourcesListChanged: true })];
    if (transport !== "stdio") {
      streams.push(await (await wire.connect({ era: revision })).listen({ resourcesListChanged: true }));
    }
    const changes = [
      () =>
        server.resource("notes://b", { handler: () => "" }).resource("notes://{id}", { handler: () => "" }),
      () => server.resources.remove("notes://b"),
      () => server.resourceTemplates.disable("notes://{id}"),
      () => {
        server.resources.remove("notes://a");
        server.resource("notes://a", { name: "renamed", handler: () => "" });
      },
      () => server.notify("notifications/resources/list_changed"),
    ];
    for (const [index, change] of changes.entries()) {
      change();
      for (const stream of streams) {
        expect((await stream.next()).method).toBe("notifications/resources/list_changed");
        const told = stream.messages.items.filter(({ method }) => method?.endsWith("list_changed"));
        expect(told).toHaveLength(index + 1);
      }
    }
  });

  test(`a change of a subscribed resource is told with its URI [${revision}/resources/updated]`, async () => {
    const server = new McpServer(info)
      .resource("notes://a", { handler: () => "" })
      .resource("notes://other/{id}", { handler: () => "" })
      .tool("touch", {
        handler: (_args, ctx) => ctx.notify("notifications/resources/updated", { uri: "notes://a" }) ?? "",
      });
    const wire = await open(server);
    const stream = await wire.listen({ resourceSubscriptions: ["notes://a", "notes://other/1"] });
    server.notify("notifications/resources/updated", { uri: "notes://b" });
    server.notify("notifications/resources/updated", { uri: "notes://other/2" });
    server.notify("notifications/resources/updated", { uri: "notes://other/1" });
    expect(await stream.nextOf("notifications/resources/updated")).toMatchObject({
      params: { uri: "notes://other/1" },
    });
    await wire.callTool("touch");
    expect(await stream.nextOf("notifications/resources/updated")).toMatchObject({
      params: { uri: "notes://a" },
    });
  });

  test(`a resource that does not exist is answered as its revision says, with the URI [${revision}/resources/not-found]`, async () => {
    const server = new McpServer(info)
      .resource("notes://a", { handler: () => "" })
      .resource("notes://maybe/{id}", { handler: () => undefined });
    const wire = await open(server);
    for (const uri of ["notes://b", "notes://maybe/1", "other:x", "notes://a/"]) {
      expect((await wire.request("resources/read", { uri })).error).toMatchObject({
        code: NOT_FOUND[era],
        message: "Resource not found",
        data: { uri },
      });
    }
  });

  test(`what a handler throws or malforms is an internal error that tells nothing [${revision}/resources/internal-error]`, async () => {
    const logger = recordingLogger();
    const returned: { [name: string]: () => unknown } = {
      throws: () => {
        throw new Error("hunter2 at /etc/notes");
      },
      rejects: () => Promise.reject(new Error("hunter2")),
      both: () => ({ uri: "notes://x", text: "hunter2", blob: "aGk=" }),
      neither: () => ({ contents: [{ uri: "notes://hunter2" }] }),
      badUri: () => [{ uri: "hunter2", text: "" }],
      notBase64: () => ({ uri: "notes://x", blob: "hunter2%" }),
      badMimeType: () => ({ uri: "notes://x", text: "", mimeType: "hunter2" }),
      number: () => 7,
    };
    const server = new McpServer({ ...info, logger });
    for (const [name, handler] of Object.entries(returned)) {
      server.resource(`notes://${name}`, { handler: handler as never });
    }
    const wire = await open(server);
    for (const name of Object.keys(returned)) {
      const { error, messages } = await wire.request("resources/read", { uri: `notes://${name}` });
      expect(error.code, name).toBe(-32603);
      expect(error.message).toBe(`Internal error (reference ${error.data.reference})`);
      expect(JSON.stringify(messages)).not.toMatch(/hunter2|\/etc|\.ts:/);
      expect(logger.text()).toContain(error.data.reference);
    }
  });

  test(`what is no URI is refused before any handler runs [${revision}/resources/uris-validated]`, async () => {
    const read: string[] = [];
    const handler = (uri: URL) => {
      read.push(uri.href);
      return "";
    };
    const server = new McpServer(info)
      .resource("file:///{+path}", { handler })
      .resource("notes://{id}", { handler });
    const wire = await open(server);
    const wrong = [
      7,
      null,
      undefined,
      ["notes://a"],
      "",
      "no scheme",
      "notes",
      "//notes/a",
      "1a:x",
      "file:///%zz",
      "file:///a%2",
      "notes://a\u0000b",
      "notes://a b",
      "notes://a\nb",
      'notes://"a"',
      "notes://a\\b",
      `notes://${"a".repeat(9_000)}`,
      // Node's own bound keeps out longer headers.
      ...(era === "modern" && transport === "node" ? [] : [`notes://${"a".repeat(1_000_000)}`]),
    ];
    for (const uri of wrong) {
      const { error } = await wire.request("resources/read", { uri });
      expect(error.code, String(uri).slice(0, 40)).toBe(-32602);
    }
    expect(read).toEqual([]);
    await wire.request("resources/read", { uri: "notes://a%20b" });
    expect(read).toEqual(["notes://a%20b"]);
  });

  test(`bytes are sent as padded standard Base64 [${revision}/resources/binary-encoded]`, async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const long = new Uint8Array(100_000).map((_, i) => (i * 7) % 256);
    const server = new McpServer(info)
      .resource("notes://bytes", { mimeType: "application/octet-stream", handler: () => bytes })
      .resource("notes://part", { handler: () => bytes.subarray(1, 3) })
      .resource("notes://empty", { handler: () => new Uint8Array() })
      .resource("notes://long", { handler: () => long });
    const wire = await open(server);
    const read = async (uri: string) => (await wire.request("resources/read", { uri })).result.contents;
    expect(await read("notes://bytes")).toEqual([
      {
        uri: "notes://bytes",
        mimeType: "application/octet-stream",
        blob: Buffer.from(bytes).toString("base64"),
      },
    ]);
    expect(await read("notes://part")).toEqual([{ uri: "notes://part", blob: "AQI=" }]);
    expect(await read("notes://empty")).toEqual([{ uri: "notes://empty", blob: "" }]);
    expect(Buffer.from((await read("notes://long"))[0].blob, "base64").equals(long)).toBe(true);
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "resources for some callers in $revision over $transport",
  ({ transport, revision, era }) => {
    function makeServer() {
      const read: string[] = [];
      const handler = (uri: URL) => {
        read.push(uri.href);
        return "secret";
      };
      const server = new McpServer(info)
        .resource("notes://open", { handler: () => "open" })
        .resource("notes://secret", { visible: mayRead, handler })
        .resource("notes://secret/{id}", {
          visible: mayRead,
          list: () => [{ uri: "notes://secret/1", name: "one" }],
          handler,
        });
      return { server, read };
    }

    test(`what a caller may not read is not listed, not readable and not subscribable, and is otherwise all of these [${revision}/resources/access-controlled] [${revision}/resources/permissions-first]`, async () => {
      const { server, read } = makeServer();
      const reader = await openWire(server, { transport, era: revision, principal: alice });
      const other = await reader.connect({ era: revision, principal: bob });
      expect(await urisOf(other)).toEqual(["notes://open"]);
      expect(await urisOf(reader)).toEqual(["notes://open", "notes://secret", "notes://secret/1"]);
      expect((await other.request("resources/templates/list")).result.resourceTemplates).toEqual([]);

      for (const uri of ["notes://secret", "notes://secret/1"]) {
        const unknown = (await other.request("resources/read", { uri: "notes://unknown" })).error;
        expect(unknown.code).toBe(NOT_FOUND[era]);
        expect((await other.request("resources/read", { uri })).error).toEqual({ ...unknown, data: { uri } });
        expect(read).toEqual([]);
      }
      expect((await reader.request("resources/read", { uri: "notes://secret" })).result.contents).toEqual([
        { uri: "notes://secret", text: "secret" },
      ]);

      if (era === "legacy") {
        for (const uri of ["notes://secret", "notes://secret/1", "notes://unknown"]) {
          expect((await other.request("resources/subscribe", { uri })).error).toMatchObject({
            code: NOT_FOUND[era],
            data: { uri },
          });
        }
      }
      const uris = ["notes://secret", "notes://secret/1", "notes://open"];
      const told = await reader.listen({ resourceSubscriptions: uris });
      const untold =
        era === "legacy"
          ? await other.listen({ resourceSubscriptions: ["notes://open"] })
          : await other.listen({ resourceSubscriptions: uris });
      for (const uri of uris) server.notify("notifications/resources/updated", { uri });
      for (const uri of uris) {
        expect((await told.nextOf("notifications/resources/updated")).params.uri).toBe(uri);
      }
      expect((await untold.nextOf("notifications/resources/updated")).params.uri).toBe("notes://open");
    });
  },
);

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "subscriptions in $revision over $transport",
  ({ transport, revision }) => {
    test(`updates go only to those who subscribed, and not after they unsubscribed [${revision}/resources/updated-only-when-subscribed]`, async () => {
      const server = new McpServer(info)
        .resource("notes://a", { handler: () => "" })
        .resource("notes://end", { handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      const subscribed = await wire.listen({ resourceSubscriptions: ["notes://a", "notes://end"] });
      // On a pipe there is but one client.
      const other = transport === "stdio" ? undefined : await wire.connect({ era: revision });
      const unsubscribed = await other?.listen({ resourceSubscriptions: ["notes://end"] });
      const update = (uri: string) => server.notify("notifications/resources/updated", { uri });
      update("notes://a");
      expect((await subscribed.nextOf("notifications/resources/updated")).params.uri).toBe("notes://a");
      expect((await wire.request("resources/unsubscribe", { uri: "notes://a" })).result).toEqual({});
      update("notes://a");
      update("notes://end");
      expect((await subscribed.nextOf("notifications/resources/updated")).params.uri).toBe("notes://end");
      if (unsubscribed) {
        expect((await unsubscribed.nextOf("notifications/resources/updated")).params.uri).toBe("notes://end");
      }
    });
  },
);

describe.each(matrix({ revisions: ["2026-07-28"] }))(
  "reading and listing in $revision over $transport",
  ({ transport, revision }) => {
    test(`the list is empty where all resources are of templates, or were removed [${revision}/resources/list-answered]`, async () => {
      const templates = new McpServer(info).resource("notes://{id}", { handler: () => "" });
      expect(await urisOf(await openWire(templates, { transport, era: revision }))).toEqual([]);
      const server = new McpServer(info).resource("notes://a", { handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      expect(await urisOf(wire)).toEqual(["notes://a"]);
      server.resources.remove("notes://a");
      expect(await urisOf(wire)).toEqual([]);
    });

    test(`the list is the same on every connection, before and after reads [${revision}/resources/list-independent-of-connection]`, async () => {
      const server = new McpServer(info)
        .resource("notes://b", { handler: () => "" })
        .resource("notes://a", { handler: () => "" })
        .resource("notes://of/{id}", {
          list: () => [
            { uri: "notes://of/2", name: "two" },
            { uri: "notes://of/1", name: "one" },
          ],
          handler: () => "",
        });
      const wire = await openWire(server, { transport, era: revision });
      const list = async (on: Wire) => JSON.stringify((await on.request("resources/list")).result);
      const first = await list(wire);
      expect(await urisOf(wire)).toEqual(["notes://a", "notes://b", "notes://of/1", "notes://of/2"]);
      await wire.request("resources/read", { uri: "notes://a" });
      await wire.request("resources/read", { uri: "notes://nope" });
      expect(await list(wire)).toBe(first);
      for (let i = 0; i < 3; i++) {
        expect(
          await list(await wire.connect({ capabilities: {}, clientInfo: { name: `${i}`, version: "1" } })),
        ).toBe(first);
      }
    });

    test(`nothing found is an error, and an empty list is an empty resource [${revision}/resources/no-empty-contents]`, async () => {
      const server = new McpServer(info)
        .resource("notes://undefined/{id}", { handler: () => undefined })
        .resource("notes://null/{id}", { handler: () => null })
        .resource("notes://list/{id}", { handler: () => [] })
        .resource("notes://contents/{id}", { handler: () => ({ contents: [] }) });
      const wire = await openWire(server, { transport, era: revision });
      const read = (kind: string) => wire.request("resources/read", { uri: `notes://${kind}/1` });
      for (const kind of ["undefined", "null"]) expect((await read(kind)).error.code).toBe(-32602);
      for (const kind of ["list", "contents"]) expect((await read(kind)).result.contents).toEqual([]);
    });

    test(`a file's path that leads out of its folder does not reach the handler [${revision}/resources/paths-sanitised]`, async () => {
      const paths: unknown[] = [];
      const server = new McpServer(info)
        .resource("file:///{+path}", {
          handler: (_uri, variables) => {
            paths.push({ ...variables });
            return "";
          },
        })
        .resource("file:///of/{user}/{name}", {
          handler: (_uri, variables) => {
            paths.push({ ...variables });
            return "";
          },
        });
      const wire = await openWire(server, { transport, era: revision });
      const traversals = [
        "..",
        "../etc/passwd",
        "a/../../etc/passwd",
        "a/..",
        "%2e%2e/etc/passwd",
        "..%2fetc/passwd",
        "%2e%2e%2fetc%2fpasswd",
        "..\\etc",
        "..%5cetc",
        "%2E%2E%5Cetc",
        "/etc/passwd",
        "%2fetc/passwd",
        "%5c%5chost/share",
        "a%00.txt",
        "of/..%2f..%2fetc/passwd",
        "of/%2e%2e/passwd",
      ];
      for (const path of traversals) {
        const { error } = await wire.request("resources/read", { uri: `file:///${path}` });
        expect(error.code, path).toBe(-32602);
      }
      expect(paths).toEqual([]);
      for (const path of ["a/b.txt", "a..b/c", "%20x"]) {
        expect((await wire.request("resources/read", { uri: `file:///${path}` })).result).toBeDefined();
      }
      expect(paths).toEqual([{ path: "a/b.txt" }, { path: "a..b/c" }, { path: " x" }]);
    });
  },
);

describe("the registration of a resource", () => {
  const handler = () => "";

  test.each(["my scheme://x", "1a:x", "://x", "relative/path", "notes://a b", "notes://%zz", "", "a{b"])(
    "refuses %j, which is no URI of RFC 3986 [2025-11-25/resources/uri-rfc-3986] [2026-07-28/resources/uri-rfc-3986]",
    (uri) => {
      const server = new McpServer(info);
      expect(() => server.resource(uri, { handler })).toThrow();
      expect(() => server.resource(`${uri}{x}`, { handler })).toThrow();
    },
  );

  test("takes schemes of one's own [2025-11-25/resources/uri-rfc-3986] [2026-07-28/resources/uri-rfc-3986]", async () => {
    const server = new McpServer(info)
      .resource("atlas+v1:x", { handler })
      .resource("urn:isbn:0451450523", { handler })
      .resource("x-y.z://h/p?q=1#f", { handler })
      .resource("atlas+v1://city/{id}", { handler });
    const wire = await openWire(server, { transport: "fetch" });
    expect(await urisOf(wire)).toEqual(["atlas+v1:x", "urn:isbn:0451450523", "x-y.z://h/p?q=1#f"]);
  });
});
