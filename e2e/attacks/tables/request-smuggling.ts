import type { Attack, Expected } from "../attack.ts";
import { type Fields, http, message, mirrored, tool } from "../requests.ts";
import type { Target } from "../target.ts";
import { type Answer, type Bytes, Raw } from "../wire.ts";

/** What is smuggled: a call that leaves a mark. */
const HIDDEN = tool("mark");
const body = message("tools/call", { name: "echo", arguments: { text: "a" } });
const fields = (...more: Fields) => mirrored("tools/call", "echo", more);
const post = (more: Fields, content: Bytes = body) => http("POST", fields(...more), content);
const chunked = (content: Bytes, size = content.length.toString(16)) =>
  Buffer.concat([Buffer.from(`${size}\r\n`), Buffer.from(content), Buffer.from("\r\n0\r\n\r\n")]);
const CHUNKED: Fields = [
  ["Content-Length", undefined],
  ["Transfer-Encoding", "chunked"],
];
const before = (bytes: Buffer) => Buffer.concat([bytes, HIDDEN]);
const head = (lines: string, content: Bytes = body) =>
  Buffer.concat([Buffer.from(lines, "latin1"), Buffer.from(content)]);
const usual = `Host: localhost\r\nContent-Type: application/json\r\n${mirrored("tools/call", "echo")
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("")}`;
const length = `Content-Length: ${body.length}\r\n`;

const BARE: Expected = { status: 400 };

type Row = readonly [name: string, bytes: Bytes, answer?: Expected];

/** One server must never see two requests where another sees one: each is refused, and its connection closed. */
const AMBIGUOUS: readonly Row[] = [
  [
    "a length and chunks",
    before(
      post(
        [
          ["Content-Length", "5"],
          ["Transfer-Encoding", "chunked"],
        ],
        chunked(""),
      ),
    ),
  ],
  [
    "chunks and a length",
    before(
      post(
        [
          ["Transfer-Encoding", "chunked"],
          ["Content-Length", "5"],
        ],
        "0\r\n\r\n",
      ),
    ),
  ],
  [
    "two lengths",
    before(
      post([
        ["Content-Length", String(body.length)],
        ["Content-Length", "0"],
      ]),
    ),
  ],
  [
    "two equal lengths",
    before(
      post([
        ["Content-Length", String(body.length)],
        ["Content-Length", String(body.length)],
      ]),
    ),
  ],
  ["two lengths in a list", before(post([["Content-Length", `${body.length}, ${body.length}`]]))],
  ["a negative length", before(post([["Content-Length", "-1"]]))],
  ["a length with a sign", before(post([["Content-Length", `+${body.length}`]]))],
  ["a hexadecimal length", before(post([["Content-Length", `0x${body.length.toString(16)}`]]))],
  ["a fractional length", before(post([["Content-Length", `${body.length}.0`]]))],
  ["an empty length", before(post([["Content-Length", ""]]))],
  [
    "chunks within something else",
    before(
      post(
        [
          ["Content-Length", undefined],
          ["Transfer-Encoding", "chunked, identity"],
        ],
        chunked(body),
      ),
    ),
  ],
  [
    "chunks of another name",
    before(
      post(
        [
          ["Content-Length", undefined],
          ["Transfer-Encoding", "xchunked"],
        ],
        chunked(body),
      ),
    ),
  ],
  [
    "chunks in a list twice",
    before(
      post(
        [
          ["Content-Length", undefined],
          ["Transfer-Encoding", "chunked"],
          ["Transfer-Encoding", "identity"],
        ],
        chunked(body),
      ),
    ),
  ],
  [
    "chunks after a tab that is none",
    before(
      post(
        [
          ["Content-Length", undefined],
          ["Transfer-Encoding", "\x0bchunked"],
        ],
        chunked(body),
      ),
    ),
  ],
  [
    "chunks behind a zero",
    before(
      post(
        [
          ["Content-Length", undefined],
          ["Transfer-Encoding", "chunked\0"],
        ],
        chunked(body),
      ),
    ),
  ],
  ["a chunk of no size", before(post(CHUNKED, chunked(body, "x")))],
  ["a chunk of a negative size", before(post(CHUNKED, chunked(body, "-1")))],
  ["a chunk whose size has a prefix", before(post(CHUNKED, chunked(body, `0x${body.length.toString(16)}`)))],
  ["a chunk larger than all numbers", before(post(CHUNKED, chunked(body, "fffffffffffffffff")))],
  ["a chunk longer than it says", before(post(CHUNKED, chunked(body, "5")))],
  [
    "a chunk that ends in a bare line feed",
    before(post(CHUNKED, `${body.length.toString(16)}\r\n${body}\n0\n\n`)),
  ],
  [
    "white space before a colon",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}Content-Length : ${body.length}\r\n\r\n`)),
  ],
  [
    "a folded line",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}X-Fold: a\r\n Transfer-Encoding: chunked\r\n\r\n`)),
  ],
  [
    "a header without a colon",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}Transfer-Encoding\r\n\r\n`)),
  ],
  ["a header without a name", before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}: chunked\r\n\r\n`))],
  [
    "a bare carriage return in a header",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}X-A: b\rTransfer-Encoding: chunked\r\n\r\n`)),
  ],
  ["a zero in a header", before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}X-A: b\0\r\n\r\n`))],
  [
    "a control character in a header",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}X-A: b\x01\r\n\r\n`)),
  ],
  [
    "a control character in a header's name",
    before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}X-\x01A: b\r\n\r\n`)),
  ],
  ["bare line feeds", before(head(`POST /mcp HTTP/1.1\r\n${usual}${length}\r\n`.replaceAll("\r\n", "\n")))],
  ["a method in small letters", before(head(`post /mcp HTTP/1.1\r\n${usual}${length}\r\n`))],
  ["a method that nobody knows", before(head(`HACK /mcp HTTP/1.1\r\n${usual}${length}\r\n`))],
  ["no version", before(head(`POST /mcp\r\n${usual}${length}\r\n`))],
  ["version 9", before(head(`POST /mcp HTTP/9.9\r\n${usual}${length}\r\n`))],
  ["the beginning of HTTP/2", head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""), { status: 400 }],
  ["a space in the address", before(head(`POST /mcp HTTP/1.1 HTTP/1.1\r\n${usual}${length}\r\n`))],
  ["a greeting of TLS", Buffer.from("16030100a5010000a10303", "hex")],
  ["a line that never was HTTP", "hello\r\n\r\n"],
  [
    "extensions of a chunk without an end",
    Buffer.concat([post(CHUNKED, `${body.length.toString(16)};${"x".repeat(40_000)}\r\n`), chunked(body)]),
    { status: 413 },
  ],
];

/** Sends it, and sees to it that there is one answer, the last on its connection, and no mark. */
async function alone(target: Target, bytes: Bytes): Promise<Answer> {
  const marks = await marksOf(target);
  const raw = new Raw(target.ports.open).send(bytes);
  try {
    const answer = await raw.answer();
    await raw.closed();
    if (raw.text !== "") throw new Error(`Expected one answer, and more came: ${raw.text}`);
    if ((await marksOf(target)) !== marks) throw new Error("The smuggled call was served.");
    return answer;
  } finally {
    raw.close();
  }
}

async function marksOf(target: Target): Promise<string> {
  return (await target.send(tool("marks"))).messages[0]?.["result"].content[0].text;
}

const NOT_FOUND: Expected = { status: 404, body: /^\{"error":"Not found\. The MCP endpoint is \/mcp\."\}$/ };
const METHOD: Expected = { status: 405, code: -32600, says: /^The MCP endpoint takes GET, POST, DELETE\.$/ };

/** Odd, but plain: what comes of each is clear. */
const PLAIN: readonly Row[] = [
  ["another path", http("POST", fields(), body, "/"), NOT_FOUND],
  ["a path below", http("POST", fields(), body, "/mcp/"), NOT_FOUND],
  ["a path that leads back", http("POST", fields(), body, "/x/../mcp"), NOT_FOUND],
  ["a path in percents", http("POST", fields(), body, "/%6dcp"), NOT_FOUND],
  ["a path with a zero", http("POST", fields(), body, "/mcp%00"), NOT_FOUND],
  ["a path with two slashes", http("POST", fields(), body, "//mcp"), NOT_FOUND],
  ["a path that is no URL", http("POST", fields(), body, "//["), NOT_FOUND],
  ["a path of 10,000 characters", http("POST", fields(), body, `/${"p".repeat(10_000)}`), NOT_FOUND],
  ["a path of 20,000 characters", http("POST", fields(), body, `/${"p".repeat(20_000)}`), { status: 431 }],
  ["a path with a semicolon", http("POST", fields(), body, "/mcp;x=/other"), NOT_FOUND],
  ["the address of another server", http("POST", fields(), body, "http://evil.example/mcp/x"), NOT_FOUND],
  ["an address without a path", http("OPTIONS", [], "", "*"), NOT_FOUND],
  ["a query, which means nothing", http("POST", fields(), body, "/mcp?a=b&__proto__=c"), { served: /^a$/ }],
  ["TRACE, which would repeat what was sent", http("TRACE", []), METHOD],
  ["PUT", http("PUT", [["Content-Length", "0"]]), METHOD],
  ["PATCH", http("PATCH", [["Content-Length", "0"]]), METHOD],
  ["PROPFIND", http("PROPFIND", [["Content-Length", "0"]]), METHOD],
  ["HEAD", http("HEAD", []), { status: 405, body: /^$/ }],
  [
    "a GET with a body that is a request",
    http("GET", [["Content-Length", String(HIDDEN.length)]], HIDDEN),
    { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
  ],
  [
    "an upgrade to a WebSocket",
    http("GET", [
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Key", "x"],
      ["Sec-WebSocket-Version", "13"],
    ]),
    { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
  ],
  [
    "an upgrade to HTTP/2",
    http(
      "POST",
      fields(["Connection", "Upgrade, HTTP2-Settings"], ["Upgrade", "h2c"], ["HTTP2-Settings", ""]),
      body,
    ),
    { served: /^a$/ },
  ],
];

function* attacks(): Generator<Attack> {
  for (const [name, bytes, answer = BARE] of AMBIGUOUS) {
    yield { name, by: (target) => alone(target, bytes), answer };
  }
  for (const [name, bytes, answer = BARE] of PLAIN)
    yield { name, by: (target) => answerTo(target, bytes), answer };
  yield {
    name: "two requests at once, which are two",
    async by(target) {
      const marks = Number(await marksOf(target));
      const raw = new Raw(target.ports.open).send(before(post([])));
      const answers = [await raw.answer(), await raw.answer()];
      raw.close();
      if (answers[1]?.messages[0]?.["result"].content[0].text !== String(marks + 1))
        throw new Error("Expected a mark.");
      return answers[0] as Answer;
    },
    answer: { served: /^a$/ },
  };
  for (const address of ["//[", "//a:b:c/sse", "http://[/sse", "/\\\\"]) {
    yield {
      name: `the address ${address}, which is no URL, at a server of one's own`,
      by: (target) => target.send(http("GET", [], "", address), "mounted"),
      answer: { status: 400, code: -32600, says: /^The Mcp-Session-Id header is missing/ },
    };
  }
  yield {
    name: "Host twice, at a server of one's own",
    by: (target) =>
      target.send(
        post([
          ["Host", "localhost"],
          ["Host", "evil.example"],
        ]),
        "mounted",
      ),
    answer: { status: 403, code: -32600, says: /^The Host "localhost, evil.example" is not allowed/ },
  };
  yield {
    name: "CONNECT, which would make a proxy of the server",
    async by(target) {
      const raw = new Raw(target.ports.open).send(http("CONNECT", [], "", "evil.example:443"));
      await raw.closed();
      return { status: 0, head: "", body: raw.text, messages: [] };
    },
    answer: { status: 0 },
  };
}

/** An answer to HEAD has a length, and no body. */
async function answerTo(target: Target, bytes: Bytes): Promise<Answer> {
  if (!String(bytes).startsWith("HEAD")) return target.send(bytes);
  const raw = new Raw(target.ports.open).send(bytes);
  const text = await raw.says(/\r\n\r\n/);
  raw.close();
  const [top = "", rest = ""] = text.split("\r\n\r\n");
  return { status: Number(top.slice(9, 12)), head: top, body: rest, messages: [] };
}

export const requestSmuggling = [...attacks()];
