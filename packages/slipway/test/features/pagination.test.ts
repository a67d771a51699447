import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { matrix, openWire, type Wire } from "../support/index.ts";

const info = { name: "library", version: "1.0.0" };
const handler = () => "";

/** The four lists: how to ask for each, and how to fill it with entries of a number. */
const LISTS = [
  {
    method: "tools/list",
    member: "tools",
    key: "name",
    keyOf: (n: number) => `tool_${n}`,
    add: (server: McpServer, key: string) => server.tool(key, { handler }),
    remove: (server: McpServer, key: string) => server.tools.remove(key),
  },
  {
    method: "prompts/list",
    member: "prompts",
    key: "name",
    keyOf: (n: number) => `prompt ${n}`,
    add: (server: McpServer, key: string) => server.prompt(key, { handler }),
    remove: (server: McpServer, key: string) => server.prompts.remove(key),
  },
  {
    method: "resources/list",
    member: "resources",
    key: "uri",
    keyOf: (n: number) => `books://${n}`,
    add: (server: McpServer, key: string) => server.resource(key, { handler }),
    remove: (server: McpServer, key: string) => server.resources.remove(key),
  },
  {
    method: "resources/templates/list",
    member: "resourceTemplates",
    key: "uriTemplate",
    keyOf: (n: number) => `books://${n}/{page}`,
    add: (server: McpServer, key: string) => server.resource(key, { handler }),
    remove: (server: McpServer, key: string) => server.resourceTemplates.remove(key),
  },
] as const;

function makeServer(entries: number, pageSize: number): McpServer {
  const server = new McpServer({ ...info, pageSize });
  for (let n = 0; n < entries; n++) for (const { add, keyOf } of LISTS) add(server, keyOf(n));
  return server;
}

interface Page {
  keys: string[];
  nextCursor: string | undefined;
}

async function pageOf(wire: Wire, list: (typeof LISTS)[number], cursor?: string): Promise<Page> {
  const { result } = await wire.request(list.method, cursor === undefined ? {} : { cursor });
  const keys = result[list.member].map((entry: { [key: string]: string }) => entry[list.key]);
  return { keys, nextCursor: result.nextCursor };
}

async function pagesOf(wire: Wire, list: (typeof LISTS)[number], from?: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor = from; ; ) {
    const page: Page = await pageOf(wire, list, cursor);
    pages.push(page.keys);
    if (page.nextCursor === undefined) return pages;
    cursor = page.nextCursor;
  }
}

describe.each(matrix())("pages in $revision over $transport", ({ transport, revision }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });

  test.each(LISTS)(
    `of $method hold each entry once, in order [${revision}/pagination/after-cursor]`,
    async (list) => {
      const wire = await open(makeServer(1_000, 150));
      const pages = await pagesOf(wire, list);
      expect(pages.map(({ length }) => length)).toEqual([150, 150, 150, 150, 150, 150, 100]);
      const keys = pages.flat();
      expect(keys).toEqual(keys.toSorted());
      expect(new Set(keys)).toEqual(new Set(Array.from({ length: 1_000 }, (_, n) => list.keyOf(n))));
    },
  );

  test(`of a length that divides the list end without an empty one [${revision}/pagination/after-cursor]`, async () => {
    const wire = await open(makeServer(4, 2));
    for (const list of LISTS) expect((await pagesOf(wire, list)).map(({ length }) => length)).toEqual([2, 2]);
    const whole = await open(makeServer(4, 4));
    for (const list of LISTS) expect((await pagesOf(whole, list)).map(({ length }) => length)).toEqual([4]);
  });

  test(`stay right for a cursor that is used twice, elsewhere, and after the list changed [${revision}/pagination/stable-cursors]`, async () => {
    const server = makeServer(9, 3);
    const wire = await open(server);
    const elsewhere = await open(makeServer(9, 3));
    for (const list of LISTS) {
      const { add, remove, keyOf } = list;
      const first = await pageOf(wire, list);
      const second = await pageOf(wire, list, first.nextCursor);
      expect(await pageOf(wire, list, first.nextCursor)).toEqual(second);
      expect(await pageOf(elsewhere, list, first.nextCursor)).toEqual(second);

      // Before the cursor, at it, and after it.
      remove(server, keyOf(0));
      remove(server, first.keys.at(-1) as string);
      add(server, keyOf(-1));
      remove(server, keyOf(8));
      const rest = (await pagesOf(wire, list, first.nextCursor)).flat();
      const expected = [3, 4, 5, 6, 7].map(keyOf);
      expect(rest, list.method).toEqual(expected);
    }
  });

  test(`are refused for a cursor that was not given out for them, and the next request is served [${revision}/pagination/invalid-cursor]`, async () => {
    const wire = await open(makeServer(4, 2));
    for (const list of LISTS) {
      const { nextCursor = "" } = await pageOf(wire, list);
      const others = await Promise.all(
        LISTS.filter((other) => other !== list).map(async (other) => (await pageOf(wire, other)).nextCursor),
      );
      const changed = `${nextCursor.slice(0, -2)}${nextCursor.at(-2) === "A" ? "B" : "A"}${nextCursor.at(-1)}`;
      const wrong = ["nope", "", "0", 7, null, {}, `${nextCursor}=`, nextCursor.slice(1), changed, ...others];
      for (const cursor of wrong) {
        const { error } = await wire.request(list.method, { cursor });
        expect(error.code, `${list.method} ${JSON.stringify(cursor)}`).toBe(-32602);
      }
      expect((await pageOf(wire, list, nextCursor)).keys).toHaveLength(2);
    }
  });
});

describe("the size of a page", () => {
  test("is 1,000 unless another was chosen", async () => {
    const server = new McpServer(info);
    for (let n = 0; n < 1_001; n++) server.tool(`tool_${n}`, { handler });
    const wire = await openWire(server, { transport: "fetch" });
    expect((await pagesOf(wire, LISTS[0])).map(({ length }) => length)).toEqual([1_000, 1]);
  });

  test.each([0, -1, 1.5, Number.NaN, "10"])("must be a positive integer, not %s", (pageSize) => {
    expect(() => new McpServer({ ...info, pageSize: pageSize as number })).toThrow(
      /pageSize.*positive integer/,
    );
  });
});
