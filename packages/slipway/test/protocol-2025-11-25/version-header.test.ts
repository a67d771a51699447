import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { httpTransports, legacyRevisions, openWire } from "../support/index.ts";

const makeServer = () =>
  new McpServer({ name: "versions", version: "1.0.0" }).tool("titled", {
    title: "A title",
    annotations: { readOnlyHint: true },
    handler: (_, ctx) => ctx.client.protocolVersion,
  });

const version = (value: string | string[] | null) => ({ headers: { "mcp-protocol-version": value } });

describe.each(httpTransports)("the version header over %s", (transport) => {
  test("an unknown version is refused, whatever is asked, and the session lives on [2025-11-25/http/version-header-invalid] [2025-11-25/lifecycle/version-mismatch-handled]", async () => {
    const wire = await openWire(makeServer(), { transport, era: "2025-11-25" });
    for (const value of [
      "1.0",
      "latest",
      "2099-01-01",
      "2025-11-25 ",
      "",
      "__proto__",
      "2025-11-25, 2025-11-25",
    ]) {
      // HTTP itself takes white space off the ends.
      const status = value.trim() === "2025-11-25" ? 200 : 400;
      const header = version(value);
      expect((await wire.callTool("titled", {}, header)).status, value).toBe(status);
      const get = wire.get(header);
      expect((await get.head).status, value).toBe(status);
      get.close();
      if (status === 200) continue;
      expect((await wire.notify("notifications/initialized", {}, header)).status, value).toBe(400);
      expect((await wire.send([], header).reply()).status, value).toBe(400);
      expect((await wire.delete(header)).status, value).toBe(400);
    }
    expect((await wire.callTool("titled")).toolText).toBe("2025-11-25");
  });

  test("a response with an unknown version is refused without its id, which is one of the server's own", async () => {
    const wire = await openWire(makeServer(), { transport, era: "2025-11-25" });
    const reply = await wire.send({ jsonrpc: "2.0", id: "theirs", result: {} }, version("1.0")).reply();
    expect(reply.error.code).toBe(-32022);
    expect(reply.messages[0]).not.toHaveProperty("id");
  });

  test("a version sent twice is no version", async () => {
    const wire = await openWire(makeServer(), { transport, era: "2025-11-25" });
    expect((await wire.callTool("titled", {}, version(["2025-11-25", "2025-06-18"]))).status).toBe(400);
    expect((await wire.callTool("titled", {}, version(["2025-11-25", "2025-11-25"]))).status).toBe(400);
  });

  test("in a session, the version that was negotiated holds, with another header and without one [2025-11-25/http/version-header-absent] [2025-11-25/lifecycle/version-mismatch-handled]", async () => {
    for (const era of legacyRevisions) {
      const wire = await openWire(makeServer(), { transport, era });
      for (const value of [null, ...legacyRevisions]) {
        expect((await wire.callTool("titled", {}, version(value))).toolText, `${era} ${value}`).toBe(era);
      }
    }
  });

  test("without a session, the header says the version, and no header stands for 2025-03-26 [2025-11-25/http/version-header-absent]", async () => {
    const wire = await openWire(makeServer(), { transport, era: "2025-11-25", sessions: false });
    for (const value of legacyRevisions) {
      expect((await wire.callTool("titled", {}, version(value))).toolText).toBe(value);
    }
    expect((await wire.callTool("titled", {}, version(null))).toolText).toBe("2025-03-26");
    const [tool] = (await wire.request("tools/list", {}, version(null))).result.tools;
    expect(tool).toMatchObject({ name: "titled", annotations: { readOnlyHint: true } });
    expect(tool).not.toHaveProperty("title");
  });
});
