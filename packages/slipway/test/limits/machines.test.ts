import { McpServer, type Principal } from "slipway";
import { limits, memoryLimits, perHour } from "slipway/limits";
import { describe, expect, test } from "vitest";
import { silent } from "../protocol-2025-11-25/rich-server.ts";
import { openWire, type Reply, type Wire } from "../support/index.ts";

const ADA: Principal = { subject: "ada", tenant: "acme" };
const BOB: Principal = { subject: "bob", tenant: "acme" };

/** Two machines over one store of limits, which lets each caller send three requests an hour once it is connected. */
async function openMachines(revision: string): Promise<[Wire, Wire]> {
  const store = memoryLimits();
  const opening = revision === "2025-11-25" ? 4 : 0;
  const open = () => {
    const server = new McpServer({ name: "machine", version: "1.0.0", logger: silent });
    server.tool("plain", { handler: () => "plain" });
    server.prompt("greet", {
      arguments: [{ name: "who" }],
      complete: { who: ["ada", "bob"] },
      handler: () => "hello",
    });
    const bounds = limits({ principal: perHour(opening + 3), store });
    return openWire(server, { transport: "node", era: revision, principal: ADA, limits: bounds });
  };
  return [await open(), await open()];
}

async function expectLimited(revision: string, request: (wire: Wire) => Promise<Reply>): Promise<void> {
  const [one, other] = await openMachines(revision);
  for (const wire of [one, other, one]) expect((await request(wire)).status).toBe(200);
  for (const wire of [one, other]) {
    const refused = await request(wire);
    expect(refused.status).toBe(429);
    expect(refused.error.message).toMatch(/^Too many requests: your rate\. Try again in \d+ minutes\.$/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
  }
  const bob = await other.connect({ era: revision, principal: BOB });
  expect((await request(bob)).status).toBe(200);
}

const callTool = (wire: Wire) => wire.callTool("plain");
const complete = (wire: Wire) =>
  wire.request("completion/complete", {
    ref: { type: "ref/prompt", name: "greet" },
    argument: { name: "who", value: "a" },
  });

describe("a caller that asks too often is refused on every machine, and another is served", () => {
  test("calls of tools, in 2025-11-25 [2025-11-25/tools/rate-limited]", () =>
    expectLimited("2025-11-25", callTool));
  test("calls of tools, in 2026-07-28 [2026-07-28/tools/rate-limited]", () =>
    expectLimited("2026-07-28", callTool));
  test("completions, in 2025-11-25 [2025-11-25/completion/rate-limited]", () =>
    expectLimited("2025-11-25", complete));
  test("completions, in 2026-07-28 [2026-07-28/completion/rate-limited]", () =>
    expectLimited("2026-07-28", complete));
});
