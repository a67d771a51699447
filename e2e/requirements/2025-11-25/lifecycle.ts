import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle";

export const lifecycle: readonly Requirement[] = [
  {
    id: "2025-11-25/lifecycle/initialize-first",
    level: "MUST",
    text: "Initialization is the first interaction of a client and a server.",
    place: `${page}#initialization`,
    check:
      "tools/list before initialize on stdio, and over HTTP without a session → an error that says to initialize, and no handler runs; ping is answered.",
  },
  {
    id: "2025-11-25/lifecycle/initialize-result",
    level: "MUST",
    text: "The server answers `initialize` with its protocol version, capabilities and information.",
    place: `${page}#initialization`,
    check:
      "initialize → protocolVersion, capabilities and serverInfo {name, version}, and the instructions, title, icons and websiteUrl that were given.",
  },
  {
    id: "2025-11-25/lifecycle/no-requests-before-initialized",
    level: "SHOULD",
    text: "Before `notifications/initialized` the server sends no requests but pings, and no notifications but logs.",
    place: `${page}#initialization`,
    check:
      "A server whose code asks for roots as soon as a session opens → nothing reaches the client until initialized was sent.",
  },
  {
    id: "2025-11-25/lifecycle/same-version",
    level: "MUST",
    text: "A requested version that the server supports is answered with the same version.",
    place: `${page}#version-negotiation`,
    check: "initialize with each of 2024-11-05, 2025-03-26, 2025-06-18 and 2025-11-25 → that version.",
  },
  {
    id: "2025-11-25/lifecycle/other-version",
    level: "MUST",
    text: "A requested version that the server does not support is answered with one that it does support.",
    place: `${page}#version-negotiation`,
    check:
      'initialize with "1.0.0", "2099-01-01" and "" → a result with a supported legacy version, not an error.',
  },
  {
    id: "2025-11-25/lifecycle/latest-version",
    level: "SHOULD",
    text: "The version offered instead is the latest that the server supports.",
    place: `${page}#version-negotiation`,
    check: 'initialize with "2099-01-01" → 2025-11-25; with that revision switched off → the next older one.',
  },
  {
    id: "2025-11-25/lifecycle/version-respected",
    level: "MUST",
    text: "During operation the negotiated version is respected.",
    place: `${page}#operation`,
    check:
      "One server, sessions of 2024-11-05, 2025-03-26, 2025-06-18 and 2025-11-25 → each session receives only fields, methods and content types of its revision.",
  },
  {
    id: "2025-11-25/lifecycle/capabilities-respected",
    level: "MUST",
    text: "Only capabilities that were negotiated are used.",
    place: `${page}#operation`,
    check:
      "A client that declared no elicitation, sampling or roots → no such request reaches it and the handler gets an error that names the capability.",
  },
  {
    id: "2025-11-25/lifecycle/request-timeout",
    level: "SHOULD",
    text: "Requests that the server sends have a timeout.",
    place: `${page}#timeouts`,
    check:
      "An ask that is never answered, with a fake clock past the default → the handler gets a timeout error.",
  },
  {
    id: "2025-11-25/lifecycle/timeout-cancels",
    level: "SHOULD",
    text: "On a timeout the sender cancels the request and stops waiting.",
    place: `${page}#timeouts`,
    check:
      "After the timeout the client has received notifications/cancelled with the ask's id, and a late answer changes nothing.",
  },
  {
    id: "2025-11-25/lifecycle/timeout-per-request",
    level: "SHOULD",
    text: "The timeout can be set for each request.",
    place: `${page}#timeouts`,
    check: "Two asks with timeouts of 1 s and 5 s, fake clock at 2 s → only the first has ended.",
  },
  {
    id: "2025-11-25/lifecycle/timeout-maximum",
    level: "SHOULD",
    text: "A maximum timeout holds whatever progress is reported.",
    place: `${page}#timeouts`,
    check:
      "The client reports progress on an ask every second; past the maximum the ask ends with a timeout.",
  },
  {
    id: "2025-11-25/lifecycle/version-mismatch-handled",
    level: "SHOULD",
    text: "A mismatch of protocol versions is handled.",
    place: `${page}#error-handling`,
    check:
      "A session that sends another supported version in MCP-Protocol-Version → refused or served by the negotiated one, as documented; an unknown version → 400; the session lives on.",
  },
  {
    id: "2025-11-25/lifecycle/missing-capabilities-handled",
    level: "SHOULD",
    text: "A failure to negotiate required capabilities is handled.",
    place: `${page}#error-handling`,
    check:
      "A tool that needs sampling, called by a client without it → a clear error for this call, and the other tools work.",
  },
  {
    id: "2025-11-25/lifecycle/timeouts-handled",
    level: "SHOULD",
    text: "Timeouts of requests are handled.",
    place: `${page}#error-handling`,
    check:
      "A handler whose ask times out and who does not catch it → the call ends with an error that says what was waited for, and the session serves on.",
  },
  {
    id: "2025-11-25/lifecycle/exits-on-closed-input",
    level: "SHOULD",
    implied: true,
    text: "A stdio server exits when its input is closed.",
    place: `${page}#stdio`,
    check:
      "Close stdin of a server process with a call in flight → it exits with code 0 within the grace period, without SIGTERM.",
  },
];
