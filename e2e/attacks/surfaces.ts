import { http, LEGACY, mirrored } from "./requests.ts";
import type { Target } from "./target.ts";
import { type Answer, type Bytes, Raw } from "./wire.ts";

/** Where a message can be handed to a server. */
export const SURFACES = ["http", "session", "http+sse", "stdio", "stdio, opened"] as const;
export type Surface = (typeof SURFACES)[number];

/** Hands the bytes of a message to a surface, in the place of a good call of the tool `echo`. */
export async function hand(target: Target, surface: Surface, text: Bytes, replies = 1): Promise<Answer> {
  switch (surface) {
    case "http":
      return target.send(http("POST", mirrored("tools/call", "echo"), text));
    case "session": {
      const fields = [
        ["Mcp-Session-Id", await target.session()],
        ["MCP-Protocol-Version", LEGACY],
      ] as const;
      return target.send(http("POST", fields, text));
    }
    case "http+sse":
      return handOverSse(target, text);
    case "stdio":
      return target.pipe.ask(text, replies);
    case "stdio, opened":
      return target.opened.ask(text, replies);
  }
}

async function handOverSse(target: Target, text: Bytes): Promise<Answer> {
  const stream = new Raw(target.ports.open).send(http("GET", [["Accept", "text/event-stream"]], "", "/sse"));
  try {
    const [, address] = /data: (\S+)/.exec(await stream.says(/data: \S+\n/)) ?? [];
    return await target.send(http("POST", [], text, address));
  } finally {
    stream.close();
  }
}
