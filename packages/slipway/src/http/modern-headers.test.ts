import { describe, expect, it } from "vitest";
import { McpServer } from "../server/index.ts";
import { StreamableHttpTransport } from "./transport.ts";

const server = new McpServer({ name: "headers", version: "1.0.0" }).tool("look", {
  inputSchema: {
    type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region" } },
  } as const,
  handler: ({ region }) => `Looked in ${region}.`,
});
const handle = new StreamableHttpTransport().bind(server);

async function look(region: string, header: string) {
  const response = await handle(
    new Request("http://localhost/mcp", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "look",
        "mcp-param-region": header,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: {
          name: "look",
          arguments: { region },
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
          },
        },
      }),
    }),
  );
  const body = (await response.json()) as { error?: { code: number } };
  return { status: response.status, code: body.error?.code };
}

const encode = (text: string) => Buffer.from(text).toString("base64");

describe("a header that mirrors an argument", () => {
  it.each([
    ["plain text", "us-west1", "us-west1"],
    ["Base64", "Hello", `=?base64?${encode("Hello")}?=`],
    ["Base64 of other scripts", "Hello, 世界", `=?base64?${encode("Hello, 世界")}?=`],
    ["Base64 of a byte order mark", "\ufeffHello", `=?base64?${encode("\ufeffHello")}?=`],
    ["what lacks the prefix", "SGVsbG8=", "SGVsbG8="],
    ["what lacks the suffix", "=?base64?SGVsbG8=", "=?base64?SGVsbG8="],
  ])("is taken as %s", async (_name, region, header) => {
    expect(await look(region, header)).toEqual({ status: 200, code: undefined });
  });

  it.each([
    ["another value", "us-east1"],
    ["Base64 of another value", `=?base64?${encode("Goodbye")}?=`],
    ["Base64 without padding", "=?base64?SGVsbG8?="],
    ["Base64 with too much padding", "=?base64?SGVsbG8==?="],
    ["Base64 with other characters", "=?base64?SGVs!!!bG8=?="],
    ["Base64 with white space", "=?base64?SGVs bG8=?="],
    ["Base64 of what is not UTF-8", "=?base64?/w==?="],
  ])("is refused as %s", async (_name, header) => {
    expect(await look("Hello", header)).toEqual({ status: 400, code: -32020 });
  });
});
