import { McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { httpTransports, matrix, openWire, type Wire } from "../support/index.ts";

const info = { name: "private", version: "1.0.0" };
const alice: Principal = { subject: "alice", tenant: "a", scopes: ["all"] };
const bob: Principal = { subject: "bob", tenant: "a" };
const otherAlice: Principal = { subject: "alice", tenant: "b" };

/** Everything that a caller can find: what is listed, and what answers. */
async function findable(wire: Wire): Promise<string[]> {
  const found: string[] = [];
  const lists = [
    ["tools/list", "tools", "name"],
    ["prompts/list", "prompts", "name"],
    ["resources/list", "resources", "uri"],
    ["resources/templates/list", "resourceTemplates", "uriTemplate"],
  ] as const;
  for (const [method, member, key] of lists) {
    let cursor: string | undefined;
    do {
      const { result } = await wire.request(method, cursor === undefined ? {} : { cursor });
      for (const entry of result[member]) found.push(`${method} ${entry[key]}`);
      cursor = result.nextCursor;
    } while (cursor !== undefined);
  }
  const uses: [string, object][] = [
    ["tools/call", { name: "t" }],
    ["prompts/get", { name: "p" }],
    ["resources/read", { uri: "x://r" }],
    ["resources/read", { uri: "x://of/1" }],
    ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "" } }],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "x://of/{id}" }, argument: { name: "id", value: "" } },
    ],
  ];
  for (const [method, params] of uses) {
    const { response } = await wire.request(method, params);
    if (response?.error === undefined) found.push(`${method} ${JSON.stringify(params)}`);
  }
  return found;
}

describe.each(matrix({ transports: httpTransports }))(
  "visibility in $revision over $transport",
  ({ transport, revision }) => {
    test.each([
      ["by scope", (principal: Principal | undefined) => principal?.scopes?.includes("all") ?? false],
      [
        "by tenant",
        (principal: Principal | undefined) => principal?.tenant === "a" && principal.subject === "alice",
      ],
    ])("%s: what is hidden can be found in no way, and all else in every way", async (_, visible) => {
      let runs = 0;
      const handler = () => `${++runs}`;
      const server = new McpServer({ ...info, pageSize: 1 })
        .tool("open", { handler: () => "" })
        .prompt("open", { handler: () => "" })
        .resource("x://open", { handler: () => "" })
        .resource("x://open/{id}", { handler: () => "" })
        .tool("t", { visible, handler })
        .prompt("p", { visible, arguments: [{ name: "a" }], complete: { a: () => [handler()] }, handler })
        .resource("x://r", { visible, handler })
        .resource("x://of/{id}", {
          visible,
          complete: { id: () => [handler()] },
          list: () => [{ uri: "x://of/1", name: handler() }],
          handler,
        });
      const open = [
        "tools/list open",
        "prompts/list open",
        "resources/list x://open",
        "resources/templates/list x://open/{id}",
      ];
      const wire = await openWire(server, { transport, era: revision, principal: alice });
      const others = [
        await wire.connect({ era: revision, principal: bob }),
        await wire.connect({ era: revision, principal: otherAlice }),
        await wire.connect({ era: revision }),
      ];
      for (const other of others) expect(await findable(other)).toEqual(open);
      expect(runs).toBe(0);
      const all = await findable(wire);
      expect(all).toEqual(expect.arrayContaining(open));
      expect(all).toHaveLength(4 + 5 + 6);
      // Also after the one who may see it has asked for everything.
      for (const other of others) expect(await findable(other)).toEqual(open);
    });

    test("is asked anew for every request", async () => {
      let shown = false;
      const server = new McpServer(info).tool("t", { visible: () => shown, handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      const count = async () => (await wire.request("tools/list")).result.tools.length;
      expect([await count(), (await wire.callTool("t")).response?.error?.code]).toEqual([0, -32602]);
      shown = true;
      expect([await count(), (await wire.callTool("t")).response?.error?.code]).toEqual([1, undefined]);
      shown = false;
      expect([await count(), (await wire.callTool("t")).response?.error?.code]).toEqual([0, -32602]);
    });

    test("that fails shows nothing and tells nothing", async () => {
      const visible = () => {
        throw new Error("secret");
      };
      const lines: string[] = [];
      const log = (message: string) => lines.push(message);
      const logger = { error: log, warn: log, info: log, debug: log };
      const server = new McpServer({ ...info, logger }).tool("t", { visible, handler: () => "ran" });
      const wire = await openWire(server, { transport, era: revision });
      for (const reply of [await wire.request("tools/list"), await wire.callTool("t")]) {
        expect(reply.error.message).toMatch(/^Internal error/);
        expect(reply.text).not.toContain("secret");
      }
      expect(lines).toHaveLength(2);
    });
  },
);
