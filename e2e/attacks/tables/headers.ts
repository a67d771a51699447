import type { Attack, Expected } from "../attack.ts";
import {
  bearer,
  type Fields,
  http,
  initialize,
  LEGACY,
  legacy,
  MODERN,
  message,
  meta,
  mirrored,
  modern,
  tool,
} from "../requests.ts";
import type { Door } from "../server.ts";
import type { Target } from "../target.ts";
import type { Bytes } from "../wire.ts";

const body = message("tools/call", { name: "echo", arguments: { text: "a" } });
/** A good call but for the headers that are given, in which `undefined` takes one away. */
const call = (...fields: Fields) => tool("echo", { text: "a" }, fields);
const twice = (name: string, first: string, second = first): Fields => [
  [name, first],
  [name, second],
];
/** In place of each character that a header can hold in no other way. */
const base64 = (text: Bytes) => `=?base64?${Buffer.from(text).toString("base64")}?=`;

const mismatch = (says: RegExp): Expected => ({
  status: 400,
  code: -32020,
  says: new RegExp(`^Header mismatch: ${says.source}`),
});
const SERVED: Expected = { served: /^a$/ };
/** What Node itself refuses, before the server sees it. */
const BARE_400: Expected = { status: 400 };
const UNSUPPORTED: Expected = { status: 400, code: -32022, says: /^Unsupported protocol version$/ };
const NO_JSON: Expected = {
  status: 415,
  code: -32600,
  says: /^Content-Type must be application\/json, got /,
};
const NO_ACCEPT: Expected = {
  status: 406,
  code: -32600,
  says: /^Accept must list application\/json and text\/event-stream\.$/,
};
const FORBIDDEN_HOST: Expected = { status: 403, code: -32600, says: /^The Host ".*" is not allowed/ };
const NO_SESSION: Expected = { status: 404, code: -32600, says: /^Session not found/ };
const NO_TOKEN: Expected = { status: 401, code: -32600, says: /^A valid token is needed\.$/ };

type Row = readonly [
  name: string,
  bytes: Bytes | ((target: Target) => Promise<Bytes>),
  answer: Expected,
  door?: Door,
];

const MIRRORED: readonly Row[] = [
  [
    "no MCP-Protocol-Version",
    call(["MCP-Protocol-Version", undefined]),
    mismatch(/MCP-Protocol-Version is missing$/),
  ],
  ["no Mcp-Method", call(["Mcp-Method", undefined]), mismatch(/Mcp-Method is missing$/)],
  ["no Mcp-Name", call(["Mcp-Name", undefined]), mismatch(/Mcp-Name is missing$/)],
  [
    "an empty MCP-Protocol-Version",
    call(["MCP-Protocol-Version", ""]),
    mismatch(/MCP-Protocol-Version does not match the version in the body's _meta$/),
  ],
  [
    "an empty Mcp-Method",
    call(["Mcp-Method", ""]),
    mismatch(/Mcp-Method header value '' does not match body value 'tools\/call'$/),
  ],
  [
    "an empty Mcp-Name",
    call(["Mcp-Name", ""]),
    mismatch(/Mcp-Name header value '' does not match body value 'echo'$/),
  ],
  [
    "an older MCP-Protocol-Version",
    call(["MCP-Protocol-Version", LEGACY]),
    mismatch(/MCP-Protocol-Version does not match/),
  ],
  [
    "a newer MCP-Protocol-Version",
    call(["MCP-Protocol-Version", "2099-01-01"]),
    mismatch(/MCP-Protocol-Version does not match/),
  ],
  [
    "an unknown version in both places",
    modern("tools/list", { _meta: meta({ "io.modelcontextprotocol/protocolVersion": "2099-01-01" }) }, [
      ["MCP-Protocol-Version", "2099-01-01"],
    ]),
    UNSUPPORTED,
  ],
  [
    "an older version in both places",
    modern("tools/list", { _meta: meta({ "io.modelcontextprotocol/protocolVersion": LEGACY }) }, [
      ["MCP-Protocol-Version", LEGACY],
    ]),
    UNSUPPORTED,
  ],
  [
    "another Mcp-Method",
    call(["Mcp-Method", "tools/list"]),
    mismatch(/Mcp-Method header value 'tools\/list' does not match body value 'tools\/call'$/),
  ],
  [
    "another Mcp-Name",
    call(["Mcp-Name", "mark"]),
    mismatch(/Mcp-Name header value 'mark' does not match body value 'echo'$/),
  ],
  [
    "Mcp-Method in capitals",
    call(["Mcp-Method", "TOOLS/CALL"]),
    mismatch(/Mcp-Method header value 'TOOLS\/CALL' does not match/),
  ],
  [
    "Mcp-Name in capitals",
    call(["Mcp-Name", "ECHO"]),
    mismatch(/Mcp-Name header value 'ECHO' does not match/),
  ],
  [
    "Mcp-Name with percents",
    call(["Mcp-Name", "%65cho"]),
    mismatch(/Mcp-Name header value '%65cho' does not match/),
  ],
  [
    "Mcp-Name that ends in a zero",
    call(["Mcp-Name", base64("echo\0")]),
    mismatch(/Mcp-Name header value 'echo\0' does not match/),
  ],
  [
    "Mcp-Name in quotes",
    call(["Mcp-Name", `"echo"`]),
    mismatch(/Mcp-Name header value '"echo"' does not match/),
  ],
  [
    "Mcp-Name of 10,000 characters, which is not repeated",
    call(["Mcp-Name", "n".repeat(10_000)]),
    mismatch(/Mcp-Name header value 'n{200}…' does not match body value 'echo'$/),
  ],
  [
    "Mcp-Method twice, alike",
    call(...twice("Mcp-Method", "tools/call")),
    mismatch(/Mcp-Method header value 'tools\/call, tools\/call' does not match/),
  ],
  [
    "Mcp-Method twice, the first one right",
    call(...twice("Mcp-Method", "tools/call", "tools/list")),
    mismatch(/Mcp-Method header value 'tools\/call, tools\/list' does not match/),
  ],
  [
    "Mcp-Method twice, the last one right",
    call(...twice("Mcp-Method", "tools/list", "tools/call")),
    mismatch(/Mcp-Method header value 'tools\/list, tools\/call' does not match/),
  ],
  [
    "Mcp-Name twice, alike",
    call(...twice("Mcp-Name", "echo")),
    mismatch(/Mcp-Name header value 'echo, echo' does not match/),
  ],
  [
    "Mcp-Name twice, in two spellings",
    call(["Mcp-Name", "echo"], ["MCP-NAME", "mark"]),
    mismatch(/Mcp-Name header value 'echo, mark' does not match/),
  ],
  [
    "MCP-Protocol-Version twice, alike",
    call(...twice("MCP-Protocol-Version", MODERN)),
    mismatch(/MCP-Protocol-Version does not match/),
  ],
  [
    "MCP-Protocol-Version twice, and none in the body",
    modern("tools/list", { _meta: undefined }, twice("MCP-Protocol-Version", MODERN)),
    UNSUPPORTED,
  ],
  [
    "Mcp-Name in Base64, of another name",
    call(["Mcp-Name", base64("mark")]),
    mismatch(/Mcp-Name header value 'mark' does not match body value 'echo'$/),
  ],
  ["Mcp-Name in Base64", call(["Mcp-Name", base64("echo")]), SERVED],
  [
    "Mcp-Name in Base64 with white space",
    call(["Mcp-Name", "=?base64?ZW No?="]),
    mismatch(/Mcp-Name holds what is not Base64$/),
  ],
  [
    "Mcp-Name in Base64 without its padding",
    call(["Mcp-Name", "=?base64?ZWNobw?="]),
    mismatch(/Mcp-Name holds what is not Base64$/),
  ],
  [
    "Mcp-Name in Base64 with too much padding",
    call(["Mcp-Name", "=?base64?ZWNobw====?="]),
    mismatch(/Mcp-Name holds what is not Base64$/),
  ],
  [
    "Mcp-Name in Base64 of URLs",
    call(["Mcp-Name", "=?base64?_-_-?="]),
    mismatch(/Mcp-Name holds what is not Base64$/),
  ],
  [
    "Mcp-Name in Base64 of what is not UTF-8",
    call(["Mcp-Name", base64(Buffer.from([0xff, 0xfe]))]),
    mismatch(/Mcp-Name holds what is not Base64 of UTF-8$/),
  ],
  [
    "Mcp-Name in Base64 of an overlong letter",
    call(["Mcp-Name", base64(Buffer.from([0xc1, 0xa5, 0x63, 0x68, 0x6f]))]),
    mismatch(/Mcp-Name holds what is not Base64 of UTF-8$/),
  ],
  [
    "Mcp-Name in Base64 with a byte order mark",
    call(["Mcp-Name", base64("\ufeffecho")]),
    mismatch(/Mcp-Name header value '\ufeffecho' does not match/),
  ],
  [
    "Mcp-Name in Base64 of Base64",
    call(["Mcp-Name", base64(base64("echo"))]),
    mismatch(/Mcp-Name header value '=\?base64\?ZWNobw==\?=' does not match/),
  ],
  [
    "Mcp-Name in Base64 of a line break and a header",
    call(["Mcp-Name", base64("echo\r\nMcp-Method: tools/list")]),
    mismatch(/Mcp-Name header value 'echo\r\nMcp-Method: tools\/list' does not match/),
  ],
  [
    "Mcp-Name in Latin-1",
    call(["Mcp-Name", "ech\xf6"]),
    mismatch(/Mcp-Name holds characters that a header must not have$/),
  ],
  [
    "Mcp-Name in UTF-8",
    call(["Mcp-Name", Buffer.from("echö").toString("latin1")]),
    mismatch(/Mcp-Name holds characters that a header must not have$/),
  ],
  ["Mcp-Name in a trailer", chunkedCall("Mcp-Name: echo\r\n"), mismatch(/Mcp-Name is missing$/)],
  [
    "Mcp-Name behind two thousand others",
    call(
      ["Mcp-Name", undefined],
      ...Array.from({ length: 2_000 }, (_, i) => [`x${i}`, ""] as const).slice(0, 2_000),
      ["Mcp-Name", "echo"],
    ),
    { status: 431 },
  ],
  [
    "another uri in Mcp-Name",
    modern("resources/read", { uri: "test://plain" }, [["Mcp-Name", "test://other"]]),
    mismatch(/Mcp-Name header value 'test:\/\/other' does not match/),
  ],
  [
    "another prompt in Mcp-Name",
    modern("prompts/get", { name: "greet" }, [["Mcp-Name", "fail"]]),
    mismatch(/Mcp-Name header value 'fail' does not match body value 'greet'$/),
  ],
];

const PARAMS: readonly Row[] = [
  [
    "no Mcp-Param-Region",
    tool("echo", { text: "a", region: "eu" }),
    mismatch(/Mcp-Param-Region is missing$/),
  ],
  [
    "Mcp-Param-Region without an argument",
    call(["Mcp-Param-Region", "eu"]),
    mismatch(/Mcp-Param-Region is present, but the body has no such argument$/),
  ],
  [
    "another Mcp-Param-Region",
    tool("echo", { text: "a", region: "eu" }, [["Mcp-Param-Region", "us"]]),
    mismatch(/Mcp-Param-Region header value 'us' does not match the body$/),
  ],
  [
    "Mcp-Param-Region twice",
    tool("echo", { text: "a", region: "eu" }, twice("Mcp-Param-Region", "eu")),
    mismatch(/Mcp-Param-Region header value 'eu, eu' does not match the body$/),
  ],
  [
    "Mcp-Param-Region in capitals",
    tool("echo", { text: "a", region: "eu" }, [["Mcp-Param-Region", "EU"]]),
    mismatch(/Mcp-Param-Region header value 'EU' does not match the body$/),
  ],
  [
    "an argument that is an object",
    tool("echo", { text: "a", region: { a: 1 } }, [["Mcp-Param-Region", "[object Object]"]]),
    mismatch(/Mcp-Param-Region header value '\[object Object\]' does not match the body$/),
  ],
  [
    "an argument that says how it is written",
    tool("echo", { text: "a", region: { toString: "eu" } }, [["Mcp-Param-Region", "eu"]]),
    mismatch(/Mcp-Param-Region header value 'eu' does not match the body$/),
  ],
  [
    "an argument in a list",
    tool("echo", { text: "a", region: ["eu"] }, [["Mcp-Param-Region", "eu"]]),
    mismatch(/Mcp-Param-Region header value 'eu' does not match the body$/),
  ],
];

const USUAL: readonly Row[] = [
  ["no Host", call(["Host", undefined]), BARE_400],
  ["an empty Host", call(["Host", ""]), FORBIDDEN_HOST],
  ["Host twice, the first one right", call(...twice("Host", "localhost", "evil.example")), FORBIDDEN_HOST],
  ["Host twice, the last one right", call(...twice("Host", "evil.example", "localhost")), FORBIDDEN_HOST],
  ["Host twice, alike", call(...twice("Host", "localhost")), FORBIDDEN_HOST],
  ["no Content-Type", call(["Content-Type", undefined]), NO_JSON],
  ["an empty Content-Type", call(["Content-Type", ""]), NO_JSON],
  ["a form", call(["Content-Type", "application/x-www-form-urlencoded"]), NO_JSON],
  ["plain text, which pages may send to anybody", call(["Content-Type", "text/plain"]), NO_JSON],
  ["a multipart body", call(["Content-Type", "multipart/form-data; boundary=x"]), NO_JSON],
  ["a type that only looks like JSON", call(["Content-Type", "application/json-patch+json"]), NO_JSON],
  ["a type that hides JSON in a parameter", call(["Content-Type", "text/plain; application/json"]), NO_JSON],
  [
    "Content-Type twice, the first one right",
    call(...twice("Content-Type", "application/json", "text/plain")),
    NO_JSON,
  ],
  [
    "Content-Type twice, the last one right",
    call(...twice("Content-Type", "text/plain", "application/json")),
    NO_JSON,
  ],
  [
    "a Content-Type of 10,000 characters, which is not repeated",
    call(["Content-Type", "x".repeat(10_000)]),
    { status: 415, code: -32600, says: /got x{200}…\.$/ },
  ],
  [
    "JSON in UTF-16",
    http(
      "POST",
      [...mirrored("tools/call", "echo"), ["Content-Type", "application/json; charset=utf-16"]],
      Buffer.from(body, "utf16le"),
    ),
    { status: 400, code: -32700, says: /^The body is not JSON\.$/ },
  ],
  ["Accept of nothing", call(["Accept", ""]), NO_ACCEPT],
  ["Accept of one type", call(["Accept", "application/json"]), NO_ACCEPT],
  ["Accept of web pages", call(["Accept", "text/html"]), NO_ACCEPT],
  ["Accept that refuses one type", call(["Accept", "application/json, text/event-stream;q=0"]), NO_ACCEPT],
  [
    "Accept twice, which is a list",
    call(...twice("Accept", "application/json", "text/event-stream")),
    SERVED,
  ],
  ["Accept of 10,000 types", call(["Accept", "a/b,".repeat(2_500)]), NO_ACCEPT],
  ["a header of 20,000 bytes", call(["X-Long", "x".repeat(20_000)]), { status: 431 }],
  ["a header whose name is 20,000 bytes", call(["x".repeat(20_000), ""]), { status: 431 }],
  [
    "5,000 headers",
    call(...Array.from({ length: 5_000 }, (_, i) => [`x${i}`, ""] as const)),
    { status: 431 },
  ],
  [
    "headers that name another method",
    call(["X-HTTP-Method-Override", "DELETE"], ["X-Method-Override", "DELETE"]),
    SERVED,
  ],
  [
    "headers that name another path and client",
    call(
      ["X-Original-URL", "/admin"],
      ["X-Forwarded-For", "127.0.0.1"],
      ["X-Forwarded-Host", "evil.example"],
      ["Forwarded", "for=127.0.0.1"],
    ),
    SERVED,
  ],
  ["an expectation that nobody meets", call(["Expect", "the impossible"]), { status: 417 }],
];

const SESSION: readonly Row[] = [
  [
    "no Mcp-Session-Id",
    legacy(undefined, { id: 1, method: "ping" }),
    { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
  ],
  ["an empty Mcp-Session-Id", legacy("", { id: 1, method: "ping" }), NO_SESSION],
  [
    "an Mcp-Session-Id of 10,000 characters",
    legacy("s".repeat(10_000), { id: 1, method: "ping" }),
    NO_SESSION,
  ],
  ["an Mcp-Session-Id in Latin-1", legacy("\xe4\xf6\xfc", { id: 1, method: "ping" }), NO_SESSION],
  [
    "Mcp-Session-Id twice, alike",
    async (target) =>
      legacy(await target.session(), { id: 1, method: "ping" }, [["Mcp-Session-Id", await target.session()]]),
    NO_SESSION,
  ],
  [
    "an older session's version that nobody knows",
    async (target) =>
      legacy(await target.session(), { id: 1, method: "ping" }, [["MCP-Protocol-Version", "1999-01-01"]]),
    UNSUPPORTED,
  ],
  [
    "a Last-Event-ID of 10,000 characters",
    async (target) =>
      http("GET", [
        ["Mcp-Session-Id", await target.session()],
        ["Last-Event-ID", "9".repeat(10_000)],
      ]),
    { status: 410, code: -32600, says: /^The events after this Last-Event-ID/ },
  ],
  [
    "Last-Event-ID twice",
    async (target) =>
      http("GET", [["Mcp-Session-Id", await target.session()], ...twice("Last-Event-ID", "a_1", "b_1")]),
    { status: 410, code: -32600, says: /^The events after this Last-Event-ID/ },
  ],
  [
    "a GET that takes no events",
    async (target) =>
      http("GET", [
        ["Mcp-Session-Id", await target.session()],
        ["Accept", "application/json"],
      ]),
    { status: 406, code: -32600, says: /^Accept must list text\/event-stream\.$/ },
  ],
  [
    "a GET without a session",
    http("GET", []),
    { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
  ],
  [
    "a DELETE without a session",
    http("DELETE", []),
    { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
  ],
];

const CREDENTIALS: readonly Row[] = [
  ["no Authorization", call(), NO_TOKEN, "guarded"],
  ["an empty Authorization", call(["Authorization", ""]), NO_TOKEN, "guarded"],
  ["a token of nobody", call(...bearer("mallory")), NO_TOKEN, "guarded"],
  ["a token in another scheme", call(["Authorization", "Basic ada"]), NO_TOKEN, "guarded"],
  ["a token that every object has", call(...bearer("__proto__")), NO_TOKEN, "guarded"],
  ["a token and more", call(...bearer("ada eve")), NO_TOKEN, "guarded"],
  ["a token of 10,000 characters", call(...bearer("a".repeat(10_000))), NO_TOKEN, "guarded"],
  ["Authorization twice, of two callers", call(...bearer("ada"), ...bearer("eve")), NO_TOKEN, "guarded"],
  [
    "Authorization twice, the first one right",
    call(...bearer("ada"), ...bearer("mallory")),
    NO_TOKEN,
    "guarded",
  ],
  [
    "a token in the address",
    http("POST", mirrored("tools/call", "echo"), body, "/mcp?access_token=ada"),
    NO_TOKEN,
    "guarded",
  ],
  ["a GET without a token", http("GET", [["Mcp-Session-Id", "guessed"]]), NO_TOKEN, "guarded"],
  ["a DELETE without a token", http("DELETE", [["Mcp-Session-Id", "guessed"]]), NO_TOKEN, "guarded"],
  ["a handshake without a token", legacy(undefined, initialize()), NO_TOKEN, "guarded"],
  ["an event stream of HTTP+SSE without a token", http("GET", [], "", "/sse"), NO_TOKEN, "guarded"],
  [
    "a message of HTTP+SSE without a token",
    http("POST", [], message("ping"), "/messages?sessionId=guessed"),
    NO_TOKEN,
    "guarded",
  ],
  [
    "a token whose text breaks the line of a header that repeats it",
    call(...bearer(Buffer.from("x\r\nset-cookie: a=b").toString("base64url"))),
    { status: 401, code: -32600, says: /^A valid token is needed\.$/ },
    "guarded",
  ],
  [
    "a token whose text no header can hold",
    call(...bearer(Buffer.from([0, 1, 2, 0x7f]).toString("base64url"))),
    { status: 401, code: -32600, says: /^A valid token is needed\.$/ },
    "guarded",
  ],
];

/** A call in chunks, with what stands behind its end. */
function chunkedCall(trailer: string): Buffer {
  const fields: Fields = [
    ...mirrored("tools/call"),
    ["Content-Length", undefined],
    ["Transfer-Encoding", "chunked"],
    ["Trailer", "Mcp-Name"],
  ];
  return http("POST", fields, `${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailer}\r\n`);
}

const rows: readonly Row[] = [...MIRRORED, ...PARAMS, ...USUAL, ...SESSION, ...CREDENTIALS];

export const headers: readonly Attack[] = rows.map(([name, bytes, answer, door = "open"]) => ({
  name,
  by: async (target) => target.send(typeof bytes === "function" ? await bytes(target) : bytes, door),
  answer,
}));
