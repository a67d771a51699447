import { type McpServer, ToolError } from "slipway";
import * as z from "zod";
import { audio, image } from "./media.ts";

/** Tools that answer at once: one for each kind of content, a failure, and schemas that JSON Schema alone can say. */
export function addTools(server: McpServer): void {
  server
    .tool("test_simple_text", {
      description: "Answers with a text.",
      handler: () => "This is a simple text response for testing.",
    })
    .tool("test_image_content", {
      description: "Answers with an image.",
      handler: () => image,
    })
    .tool("test_audio_content", {
      description: "Answers with a sound.",
      handler: () => audio,
    })
    .tool("test_embedded_resource", {
      description: "Answers with a resource that is embedded in the result.",
      handler: () => ({
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      }),
    })
    .tool("test_multiple_content_types", {
      description: "Answers with a text, an image and a resource.",
      handler: () => [
        { type: "text", text: "Multiple content types test:" },
        image,
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: JSON.stringify({ test: "data", value: 123 }),
          },
        },
      ],
    })
    .tool("test_error_handling", {
      description: "Fails, and says so to the model.",
      handler: () => {
        throw new ToolError("This tool intentionally returns an error for testing");
      },
    })
    .tool("test_structured_content", {
      description: "Answers with a value that fits an output schema.",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
      handler: ({ a, b }) => ({ sum: a + b }),
    })
    .tool("test_custom_header", {
      description:
        "Takes an argument that clients repeat in the header Mcp-Param-Region, for routers to read.",
      inputSchema: {
        type: "object",
        properties: {
          region: { type: "string", description: "Where to look.", "x-mcp-header": "Region" },
          query: { type: "string", description: "What to look for." },
        },
        required: ["region", "query"],
      } as const,
      handler: ({ region, query }) => `Looked for "${query}" in ${region}.`,
    })
    .tool("json_schema_2020_12_tool", {
      description: "Takes a contact, described with what JSON Schema 2020-12 has beyond properties.",
      inputSchema: contactSchema,
      handler: (contact) => `Took ${JSON.stringify(contact)}.`,
    });
}

const contactSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
} as const;
