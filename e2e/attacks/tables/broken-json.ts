import type { Attack, Expected } from "../attack.ts";
import { message, meta } from "../requests.ts";
import { hand, SURFACES, type Surface } from "../surfaces.ts";
import type { Bytes } from "../wire.ts";

/** A call of the tool `echo`, with its arguments as they are given. */
export function echo(args = `{"text":"hello"}`): string {
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args},"_meta":${JSON.stringify(meta())}}}`;
}

const text = (content: Bytes) =>
  Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"`), Buffer.from(content), Buffer.from(`"}`)]);

const NOT_JSON: { readonly [name: string]: Bytes } = {
  "a word": "hello",
  "half a brace": "{",
  "a closing brace": "}",
  "a thousand closing brackets, and then opening ones": "]".repeat(1_000) + "[".repeat(60),
  "single quotes": "{'jsonrpc':'2.0'}",
  "no quotes": "{jsonrpc:2.0}",
  "a trailing comma": `{"jsonrpc":"2.0",}`,
  "a comment": `/**/{"jsonrpc":"2.0"}`,
  NaN: `{"jsonrpc":"2.0","id":NaN,"method":"ping"}`,
  Infinity: `{"jsonrpc":"2.0","id":-Infinity,"method":"ping"}`,
  undefined: "undefined",
  "a leading zero": `{"jsonrpc":"2.0","id":01,"method":"ping"}`,
  "a hexadecimal number": `{"jsonrpc":"2.0","id":0x1,"method":"ping"}`,
  "a lone minus": `{"jsonrpc":"2.0","id":-,"method":"ping"}`,
  "half an escape": text("\\u12"),
  "an escape of another language": text("\\x41"),
  "a tab in a string": text("a\tb"),
  "a zero byte in a string": text("a\0b"),
  "a zero byte after the message": `${echo()}\0`,
  "two messages": echo() + echo(),
  "a message and a bracket": `${echo()}]`,
  "a string that does not end": `{"jsonrpc":"2.0","id":1,"method":"${"a".repeat(10_000)}`,
  "a backslash at the end": `{"jsonrpc":"2.0","id":1,"method":"\\`,
  "a form": "jsonrpc=2.0&method=tools%2Flist",
  XML: `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`,
  "a script": "<script>alert(1)</script>",
};

const NOT_UTF8: { readonly [name: string]: Bytes } = {
  "a byte that begins nothing": text(Buffer.from([0xff])),
  "an overlong slash": text(Buffer.from([0xc0, 0xaf])),
  "an overlong dot": text(Buffer.from([0xe0, 0x80, 0xae])),
  "half of a pair": text(Buffer.from([0xed, 0xa0, 0x80])),
  "half a character": text(Buffer.from([0xe2, 0x82])),
  "a character beyond all": text(Buffer.from([0xf5, 0x80, 0x80, 0x80])),
  "Latin-1": text(Buffer.from("grüße", "latin1")),
  "a compressed body": Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff]),
};

const onPipe = (surface: Surface) => surface.startsWith("stdio");
const refused = (surface: Surface, says: RegExp): Expected =>
  onPipe(surface)
    ? { code: -32700, says: /^The line is not JSON in UTF-8\.$/ }
    : { status: 400, code: -32700, says };

function* attacks(): Generator<Attack> {
  for (const surface of SURFACES) {
    for (const [name, bytes] of Object.entries(NOT_JSON)) {
      const by = (target: Parameters<Attack["by"]>[0]) =>
        hand(target, surface, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
      yield { name: `${surface}: ${name}`, by, answer: refused(surface, /^The body is not JSON\.$/) };
    }
    for (const [name, bytes] of Object.entries(NOT_UTF8)) {
      yield {
        name: `${surface}: ${name}, which is not UTF-8`,
        by: (target) => hand(target, surface, bytes),
        answer: refused(surface, /^The body is not UTF-8, or broke off\.$/),
      };
    }
  }
  // Each answer is one of many: a message may be cut at any byte.
  for (const surface of ["http", "stdio"] as const) {
    yield {
      name: `${surface}: a message that is cut after each of its bytes`,
      async by(target) {
        const whole = echo();
        const answers = [];
        for (let end = 1; end < whole.length; end++)
          answers.push(await hand(target, surface, whole.slice(0, end)));
        return answers;
      },
      answer: refused(surface, /^The body is not JSON\.$/),
    };
  }
  const marked = Buffer.from(`\ufeff${echo()}`);
  yield {
    name: "http: a byte order mark",
    by: (target) => hand(target, "http", marked),
    answer: refused("http", /^The body is not JSON\.$/),
  };
  yield {
    name: "stdio: a byte order mark, which programs of Windows write",
    by: (target) => hand(target, "stdio", marked),
    answer: { served: /^hello$/ },
  };
  yield {
    name: "http: no body",
    by: (target) => hand(target, "http", ""),
    answer: refused("http", /^The body is not JSON\.$/),
  };
  yield {
    name: "stdio: lines of nothing but white space, which are passed over",
    by: (target) => target.pipe.ask(`\n \n\t\n\r\n${message("server/discover")}`),
    answer: { served: /supportedVersions/ },
  };
}

export const brokenJson = [...attacks()];
