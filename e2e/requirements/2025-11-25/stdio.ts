import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports";

export const stdio: readonly Requirement[] = [
  {
    id: "2025-11-25/stdio/no-embedded-newlines",
    level: "MUST",
    text: "Messages are delimited by newlines and contain none.",
    place: `${page}#stdio`,
    check:
      "Results and errors with \\n, \\r\\n and U+2028 in keys and values → each stdout line parses as one message.",
  },
  {
    id: "2025-11-25/stdio/stdout-is-for-messages",
    level: "MUST",
    text: "Nothing but valid MCP messages is written to stdout.",
    place: `${page}#stdio`,
    check:
      "A server process whose handlers call console.log, console.info and process.stdout.write → every line of stdout is a message; the text is on stderr.",
  },
];
