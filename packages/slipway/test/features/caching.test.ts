import { type CacheHints, McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { httpTransports, matrix, openWire, transports, type Wire } from "../support/index.ts";

const info = { name: "library", version: "1.0.0" };
const alice: Principal = { subject: "alice" };
const bob: Principal = { subject: "bob" };
const forAlice = (principal: Principal | undefined) => principal?.subject === "alice";
const handler = () => "";

const LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] as const;

function hintsOf(result: CacheHints): CacheHints {
  const { ttlMs, cacheScope } = result;
  return { ttlMs, cacheScope };
}

/** All pages of a list, each with its hints. */
async function pagesOf(wire: Wire, method: string) {
  const pages: (CacheHints & { nextCursor?: string })[] = [];
  let cursor: string | undefined;
  do {
    const { result } = await wire.request(method, cursor === undefined ? {} : { cursor });
    pages.push(result);
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

describe.each(transports)("caching over %s", (transport) => {
  const open = (server: McpServer) => openWire(server, { transport });

  test("hints are with every result that can be cached, and on all pages [2026-07-28/caching/hints]", async () => {
    const filled = (cacheHints?: CacheHints) => {
      const server = new McpServer({ ...info, cacheHints, pageSize: 1 });
      for (const letter of ["a", "b", "c"]) {
        server
          .tool(letter, { handler })
          .prompt(letter, { handler })
          .resource(`books://${letter}`, { handler })
          .resource(`books://${letter}/{page}`, { handler });
      }
      return server;
    };
    const mounting = (inner: McpServer, cacheHints?: CacheHints) =>
      new McpServer({ ...info, cacheHints, pageSize: 1 }).group("inner", inner);
    const cases = [
      [filled(), { ttlMs: 0, cacheScope: "public" }],
      [filled({ ttlMs: 5_000 }), { ttlMs: 5_000, cacheScope: "public" }],
      [filled({ ttlMs: 5, cacheScope: "private" }), { ttlMs: 5, cacheScope: "private" }],
      [mounting(filled(), { ttlMs: 7 }), { ttlMs: 7, cacheScope: "public" }],
    ] as const;
    for (const [server, hints] of cases) {
      const wire = await open(server);
      expect(hintsOf((await wire.request("server/discover")).result)).toEqual(hints);
      for (const method of LISTS) {
        const pages = await pagesOf(wire, method);
        expect(pages.map(hintsOf), method).toEqual([hints, hints, hints]);
      }
      const read = await wire.request("resources/read", { uri: "books://a" });
      expect(hintsOf(read.result)).toEqual({ ttlMs: 0, cacheScope: "private" });
    }
  });

  test("no hints are with results that are not cacheable", async () => {
    const server = new McpServer(info)
      .tool("a", { handler })
      .prompt("p", { arguments: [{ name: "x" }], complete: { x: [] }, handler });
    const wire = await open(server);
    const replies = [
      await wire.callTool("a"),
      await wire.request("prompts/get", { name: "p" }),
      await wire.request("completion/complete", {
        ref: { type: "ref/prompt", name: "p" },
        argument: { name: "x", value: "" },
      }),
    ];
    for (const { result } of replies) {
      expect(result).not.toHaveProperty("ttlMs");
      expect(result).not.toHaveProperty("cacheScope");
    }
  });

  function asking() {
    return new McpServer(info).resource("books://asks", {
      cacheHints: { ttlMs: 60_000, cacheScope: "public" },
      handler: async (_uri, _variables, ctx) => {
        const [root] = await ctx.listRoots();
        return { contents: [{ uri: "books://asks", text: root?.uri ?? "" }], cacheHints: { ttlMs: 60_000 } };
      },
    });
  }

  test("an input required result has no hints [2026-07-28/caching/no-hints-on-input-required]", async () => {
    const { result } = await (await open(asking())).request("resources/read", { uri: "books://asks" });
    expect(result.resultType).toBe("input_required");
    expect(result).not.toHaveProperty("ttlMs");
    expect(result).not.toHaveProperty("cacheScope");
  });

  test("what answers led to is not to be cached, and the next read asks again [2026-07-28/caching/retries-not-cached]", async () => {
    const wire = await open(asking());
    const read = () =>
      wire.request("resources/read", { uri: "books://asks" }, { answers: { "roots/list": { roots: [] } } });
    for (let i = 0; i < 2; i++) {
      const { asks, result } = await read();
      expect(asks).toHaveLength(1);
      expect(hintsOf(result)).toEqual({ ttlMs: 0, cacheScope: "private" });
    }
  });

  test("a time to live is a whole number of at least 0 [2026-07-28/caching/ttl-not-negative]", async () => {
    const wrong = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5", null] as number[];
    for (const ttlMs of wrong) {
      expect(() => new McpServer({ ...info, cacheHints: { ttlMs } }), String(ttlMs)).toThrow(/"ttlMs"/);
      const server = new McpServer(info);
      expect(() => server.resource("books://a", { cacheHints: { ttlMs }, handler })).toThrow(/"ttlMs"/);
      expect(() => server.resource("books://{a}", { cacheHints: { ttlMs }, handler })).toThrow(/"ttlMs"/);
      server.resource("books://a", {
        handler: () => ({ contents: [{ uri: "books://a", text: "" }], cacheHints: { ttlMs } }),
      });
      const { result } = await (await open(server)).request("resources/read", { uri: "books://a" });
      expect(hintsOf(result)).toEqual({ ttlMs: 0, cacheScope: "private" });
    }
    for (const ttlMs of [0, 1, 86_400_000]) new McpServer({ ...info, cacheHints: { ttlMs } });
    const scope = { cacheScope: 'public","x":"' as "public" };
    expect(() => new McpServer({ ...info, cacheHints: scope })).toThrow(/"cacheScope"/);
    const server = new McpServer(info).resource("books://a", {
      handler: () => ({ contents: [{ uri: "books://a", text: "" }], cacheHints: scope }),
    });
    const { result } = await (await open(server)).request("resources/read", { uri: "books://a" });
    expect(result.cacheScope).toBe("private");
  });

  test("a read is public only where that was said, and a list where it is the same for all [2026-07-28/caching/public-is-shared]", async () => {
    const server = new McpServer({ ...info, cacheHints: { cacheScope: "public" } })
      .tool("a", { handler })
      .prompt("a", { visible: () => true, handler })
      .resource("books://a", { handler })
      .resource("books://hinted", { cacheHints: { ttlMs: 5 }, handler })
      .resource("books://public", { cacheHints: { ttlMs: 5, cacheScope: "public" }, handler })
      .resource("books://some", {
        visible: () => true,
        cacheHints: { ttlMs: 5, cacheScope: "public" },
        handler,
      })
      .resource("books://each", {
        handler: (uri, _variables, ctx) => ({
          contents: [{ uri: uri.href, text: `${ctx.auth?.subject}` }],
          cacheHints: { ttlMs: 9, cacheScope: "public" },
        }),
      });
    const wire = await open(server);
    const scopeOf = async (method: string, params: object = {}) =>
      hintsOf((await wire.request(method, params)).result).cacheScope;
    expect(await scopeOf("tools/list")).toBe("public");
    expect(await scopeOf("prompts/list")).toBe("private");
    expect(await scopeOf("resources/list")).toBe("private");
    const read = (uri: string) => scopeOf("resources/read", { uri });
    expect(await read("books://a")).toBe("private");
    expect(await read("books://hinted")).toBe("private");
    expect(await read("books://public")).toBe("public");
    expect(await read("books://some")).toBe("private");
    expect(await read("books://each")).toBe("public");
  });
});

describe.each(httpTransports)("caching for several callers over %s", (transport) => {
  test("all pages of a list have the scope of its most private entry [2026-07-28/caching/same-scope-on-all-pages]", async () => {
    const fill = (visible?: typeof forAlice) => {
      const server = new McpServer(info);
      for (const letter of ["a", "b"]) {
        server
          .tool(letter, { visible, handler })
          .prompt(letter, { visible, handler })
          .resource(`books://${letter}${visible?.name ?? ""}`, { visible, handler })
          .resource(`books://${letter}${visible?.name ?? ""}/{page}`, { visible, handler });
      }
      return server;
    };
    const server = new McpServer({ ...info, pageSize: 1, cacheHints: { cacheScope: "public" } })
      .group("open", fill())
      .group("restricted", fill(forAlice));
    const wire = await openWire(server, { transport, principal: alice });
    for (const caller of [wire, await wire.connect({ principal: bob })]) {
      for (const method of LISTS) {
        const pages = await pagesOf(caller, method);
        expect(pages, method).toHaveLength(caller === wire ? 4 : 2);
        expect(new Set(pages.map(({ cacheScope }) => cacheScope)), method).toEqual(new Set(["private"]));
      }
    }
  });

  test("a list to which a restricted template contributes is private for all [2026-07-28/caching/same-scope-on-all-pages]", async () => {
    const server = new McpServer({ ...info, cacheHints: { cacheScope: "public" } })
      .resource("books://a", { handler })
      .resource("books://{id}/page", {
        visible: forAlice,
        list: () => [{ uri: "books://1/page", name: "one" }],
        handler,
      });
    const wire = await openWire(server, { transport, principal: alice });
    const other = await wire.connect({ principal: bob });
    const [mine, theirs] = [await pagesOf(wire, "resources/list"), await pagesOf(other, "resources/list")];
    expect(mine).toMatchObject([{ cacheScope: "private", resources: [{}, {}] }]);
    expect(theirs).toMatchObject([{ cacheScope: "private", resources: [{}] }]);
  });

  test("who learnt a name from a cached list can use it no more than before, whatever scope the list has [2026-07-28/caching/access-controlled] [2026-07-28/caching/scope-is-no-protection]", async () => {
    let runs = 0;
    const run = () => `${++runs}`;
    const visible = forAlice;
    const server = new McpServer({ ...info, cacheHints: { ttlMs: 60_000, cacheScope: "public" } })
      .tool("t", { visible, handler: run })
      .prompt("p", { visible, arguments: [{ name: "x" }], complete: { x: () => [run()] }, handler: run })
      .resource("books://r", { visible, cacheHints: { cacheScope: "public" }, handler: run });
    const wire = await openWire(server, { transport, principal: alice });
    const other = await wire.connect({ principal: bob });
    expect((await wire.request("tools/list")).result.tools).toHaveLength(1);
    const requests: [string, object][] = [
      ["tools/call", { name: "t" }],
      ["prompts/get", { name: "p" }],
      ["resources/read", { uri: "books://r" }],
      ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "x", value: "" } }],
    ];
    for (const [method, params] of requests) {
      expect((await other.request(method, params)).error.code, method).toBe(-32602);
    }
    expect(runs).toBe(0);
    for (const [method, params] of requests)
      expect((await wire.request(method, params)).result).toBeDefined();
    expect(runs).toBe(4);
  });

  test("lists that the server keeps never cross callers, in whatever order they ask [2026-07-28/caching/private-not-shared]", async () => {
    const make = () => {
      const visible = forAlice;
      const inner = new McpServer(info).tool("x", { visible, handler }).tool("y", { handler });
      return new McpServer({ ...info, pageSize: 2 })
        .tool("a", { visible, handler })
        .tool("b", { visible: (principal) => principal?.subject === "bob", handler })
        .tool("c", { handler })
        .group("inner", inner);
    };
    const expected = new Map([
      [alice, ["a", "c", "inner_x", "inner_y"]],
      [bob, ["b", "c", "inner_y"]],
      [undefined, ["c", "inner_y"]],
    ]);
    const orders = [
      [alice, bob, undefined],
      [undefined, bob, alice],
      [bob, alice, undefined],
    ];
    for (const order of orders) {
      const wire = await openWire(make(), { transport, principal: alice });
      // Twice, so that the second round is from what was kept.
      for (const principal of [...order, ...order]) {
        const caller = await wire.connect(principal === undefined ? {} : { principal });
        const pages = (await pagesOf(caller, "tools/list")) as { tools?: { name: string }[] }[];
        const names = pages.flatMap(({ tools = [] }) => tools.map(({ name }) => name));
        expect(names).toEqual(expected.get(principal));
      }
    }
  });
});

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "caching in $revision over $transport",
  ({ transport, revision }) => {
    test("older revisions have no hints", async () => {
      const server = new McpServer({ ...info, cacheHints: { ttlMs: 5 } })
        .tool("a", { handler })
        .resource("books://a", { cacheHints: { ttlMs: 5 }, handler });
      const wire = await openWire(server, { transport, era: revision });
      const replies = [
        await wire.request("tools/list"),
        await wire.request("resources/list"),
        await wire.request("resources/read", { uri: "books://a" }),
      ];
      for (const { result } of replies) {
        expect(result).not.toHaveProperty("ttlMs");
        expect(result).not.toHaveProperty("cacheScope");
      }
    });
  },
);
