import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/client/sampling";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const sampling: readonly Requirement[] = [
  {
    id: "2025-11-25/sampling/tools-need-capability",
    level: "MUST",
    text: "Sampling with tools is not sent to a client without `sampling.tools`.",
    place: `${page}#tools-in-sampling`,
    check:
      "Client with sampling {}: ctx.sample with tools, and with toolChoice → not sent, and an error that names sampling.tools.",
  },
  {
    id: "2025-11-25/sampling/no-context-inclusion",
    level: "SHOULD",
    text: 'The `includeContext` values "thisServer" and "allServers" are avoided.',
    place: `${page}#capabilities`,
    check:
      "No request that the runtime forms has includeContext unless the handler gave it; the two values are marked as deprecated in the types.",
  },
  {
    id: "2025-11-25/sampling/context-needs-capability",
    level: "SHOULD",
    text: "Those values are not used unless the client declared `sampling.context`.",
    place: `${page}#capabilities`,
    check:
      'ctx.sample with includeContext "allServers" to a client without sampling.context → sent without it or refused, as documented; with it → sent.',
  },
  {
    id: "2025-11-25/sampling/tool-results-alone",
    level: "MUST",
    text: "A user message with tool results has nothing else.",
    place: `${page}#tool-result-messages`,
    check:
      "ctx.sample with a message that mixes tool_result and text → an error where it is called that names the message, and nothing is sent.",
  },
  {
    id: "2025-11-25/sampling/tool-uses-answered",
    level: "MUST",
    text: "Each tool use is answered by a matching tool result in the next message.",
    place: `${page}#tool-use-and-result-balance`,
    check:
      "Messages with a tool_use without result, with a result for another id, with a message in between and with the result doubled → an error where it is called; balanced parallel uses → sent.",
  },
  {
    id: "2025-11-25/sampling/tool-use-replies",
    level: "MUST",
    text: 'The reply to `stopReason` "toolUse" answers every tool use, in a message of tool results only.',
    place: `${page}#security-considerations`,
    check:
      "A two-turn loop with two parallel tool uses as it reaches the client → two tool results with the right ids and nothing else in that message.",
  },
  {
    id: "2025-11-25/sampling/tool-result-id",
    level: "MUST",
    text: "The id of a tool result is that of an earlier tool use.",
    place: `${specification}/schema#toolresultcontent`,
    check: "A tool_result with a toolUseId that no earlier message has → an error where it is called.",
  },
  {
    id: "2025-11-25/sampling/tool-result-conforms",
    level: "SHOULD",
    text: "The structured content of a tool result conforms to the tool's output schema.",
    place: `${specification}/schema#toolresultcontent`,
    check:
      "A tool_result whose structuredContent breaks the outputSchema in `tools` → an error or a warning where it is called, as documented.",
  },
  {
    id: "2025-11-25/sampling/content-validated",
    level: "SHOULD",
    text: "The content of messages is validated.",
    place: `${page}#security-considerations`,
    check:
      "An answer without role, with unknown content, with bad Base64 and without model → the handler does not see it; an error names what was wrong.",
  },
  {
    id: "2025-11-25/sampling/sensitive-data",
    level: "MUST",
    text: "Sensitive data is handled appropriately.",
    place: `${page}#security-considerations`,
    check:
      "The texts of sampling requests and answers appear in no log, metric or trace of the server at the default settings, and in requestState only sealed.",
  },
  {
    id: "2025-11-25/sampling/iterations-limited",
    level: "SHOULD",
    text: "Loops of tool use are limited.",
    place: `${page}#security-considerations`,
    check:
      "A handler that samples for ever → the call ends with an error at the documented bound of asks, also over retries.",
  },
];
