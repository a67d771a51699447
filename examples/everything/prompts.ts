import type { McpServer } from "slipway";
import * as z from "zod";
import { image } from "./media.ts";

export function addPrompts(server: McpServer): void {
  server
    .prompt("test_simple_prompt", {
      description: "One message.",
      handler: () => "This is a simple prompt for testing.",
    })
    .prompt("test_prompt_with_arguments", {
      description: "A message with two arguments in it.",
      arguments: z.object({
        arg1: z.string().describe("First test argument"),
        arg2: z.string().describe("Second test argument"),
      }),
      complete: {
        arg1: (typed) => ["paris", "park", "party", "test"].filter((word) => word.startsWith(typed)),
      },
      handler: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
    })
    .prompt("test_prompt_with_embedded_resource", {
      description: "A message with a resource, and one about it.",
      arguments: z.object({ resourceUri: z.string().describe("URI of the resource to embed") }),
      handler: ({ resourceUri }) => [
        {
          role: "user",
          content: {
            type: "resource",
            resource: {
              uri: resourceUri,
              mimeType: "text/plain",
              text: "Embedded resource content for testing.",
            },
          },
        },
        { role: "user", content: { type: "text", text: "Please process the embedded resource above." } },
      ],
    })
    .prompt("test_prompt_with_image", {
      description: "A message with an image, and one about it.",
      handler: () => [
        { role: "user", content: image },
        { role: "user", content: { type: "text", text: "Please analyze the image above." } },
      ],
    });
}
