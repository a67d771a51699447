import type { Attack, Expected } from "../attack.ts";
import { type Fields, http, tool } from "../requests.ts";
import type { Door } from "../server.ts";

const call = (...fields: Fields) => tool("echo", { text: "a" }, fields);
const NO_HOST: Expected = {
  status: 403,
  code: -32600,
  says: /^The Host ".*" is not allowed: add it to allowedHosts if it names this server\.$/,
};
const NO_ORIGIN: Expected = {
  status: 403,
  code: -32600,
  says: /^The Origin ".*" is not allowed: add it to allowedOrigins if this page may call the server\.$/,
};
const SERVED: Expected = { served: /^a$/ };

/** Names that resolve to this machine when an attacker wants them to. */
const HOSTS = [
  "evil.example",
  "evil.example:80",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil-localhost",
  "localhost.",
  "localhost:80:80",
  "localhost@evil.example",
  "evil.example@localhost",
  "localhost, evil.example",
  "localhost evil.example",
  "localhost/evil",
  "localhost#.evil.example",
  "0.0.0.0",
  "0",
  "2130706433",
  "0x7f.1",
  "[::ffff:127.0.0.1]",
  "[::]",
  "127.0.0.1%00.evil.example",
  "LOCALHOST.EVIL.EXAMPLE",
  "10.0.0.1",
  "a.b.localhost.example",
  "null",
];
const OWN_HOSTS = [
  "localhost",
  "localhost:8080",
  "LOCALHOST",
  "app.localhost",
  "127.0.0.1",
  "127.0.0.1:1",
  "127.9.9.9",
  "[::1]",
  "[::1]:80",
];
const ORIGINS = [
  "http://evil.example",
  "https://evil.example:443",
  "null",
  "",
  "file://",
  "http://localhost.evil.example",
  "http://evil.example#http://localhost",
  "http://localhost@evil.example",
  "http://evil.example/http://localhost",
  "http://localhost, http://evil.example",
  "http://localhost http://evil.example",
  "localhost",
  "//localhost",
  "chrome-extension://abc",
  "data:text/html,x",
  "javascript:alert(1)",
  "http://10.0.0.1",
  "http://0.0.0.0",
  "http://[::]",
  "http://127.0.0.1.nip.io",
  `http://${"a".repeat(5_000)}.example`,
  "h\xfctte://localhost",
];

function* attacks(): Generator<Attack> {
  for (const host of HOSTS) yield by(`the Host ${host}`, call(["Host", host]), NO_HOST);
  for (const host of OWN_HOSTS)
    yield by(`the Host ${host}, which is this machine`, call(["Host", host]), SERVED);
  for (const origin of ORIGINS)
    yield by(`a page of ${origin.slice(0, 60) || "nobody"}`, call(["Origin", origin]), NO_ORIGIN);
  yield by(
    "a page that gives two Origins",
    call(["Origin", "http://localhost"], ["Origin", "http://evil.example"]),
    NO_ORIGIN,
  );
  yield by(
    "a page that asks beforehand",
    http("OPTIONS", [
      ["Origin", "http://evil.example"],
      ["Access-Control-Request-Method", "POST"],
    ]),
    NO_ORIGIN,
  );
  yield by(
    "a page that reads a stream",
    http("GET", [
      ["Origin", "http://evil.example"],
      ["Mcp-Session-Id", "x"],
    ]),
    NO_ORIGIN,
  );
  yield by(
    "a page that ends a session",
    http("DELETE", [
      ["Origin", "http://evil.example"],
      ["Mcp-Session-Id", "x"],
    ]),
    NO_ORIGIN,
  );
  yield by(
    "a page that opens the stream of HTTP+SSE",
    http("GET", [["Origin", "http://evil.example"]], "", "/sse"),
    NO_ORIGIN,
  );
  yield by(
    "a page without CORS, by a form",
    http(
      "POST",
      [
        ["Origin", "null"],
        ["Content-Type", "text/plain"],
      ],
      "{}",
    ),
    NO_ORIGIN,
  );
  yield by("a page of this machine", call(["Origin", "http://localhost:5173"]), SERVED);
  const named: Door = "named";
  for (const host of [
    "localhost",
    "127.0.0.1",
    "evil.example",
    "mcp.example.com.evil.example",
    "evil.mcp.example.com",
    "mcp.example.com, evil.example",
    "xmcp.example.com",
  ]) {
    yield by(`the Host ${host}, where others are allowed`, call(["Host", host]), NO_HOST, named);
  }
  yield by("the Host that is allowed, at a port", call(["Host", "MCP.example.com:8443"]), SERVED, named);
  const host = ["Host", "mcp.example.com"] as const;
  for (const origin of [
    "http://localhost",
    "http://app.example.com",
    "https://app.example.com:444",
    "https://app.example.com.evil.example",
    "https://evil.app.example.com",
    "https://APP.example.com",
    "null",
  ]) {
    yield by(
      `a page of ${origin}, where others are allowed`,
      call(host, ["Origin", origin]),
      NO_ORIGIN,
      named,
    );
  }
  yield by("a page that is allowed", call(host, ["Origin", "https://app.example.com"]), SERVED, named);
}

function by(name: string, bytes: Buffer, answer: Expected, door: Door = "open"): Attack {
  return { name, by: (target) => target.send(bytes, door), answer };
}

export const rebinding = [...attacks()];
