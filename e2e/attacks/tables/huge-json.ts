import type { Attack, Expected } from "../attack.ts";
import { http, mirrored, tool } from "../requests.ts";
import { hand, SURFACES, type Surface } from "../surfaces.ts";
import { Raw } from "../wire.ts";
import { echo } from "./broken-json.ts";

const MIB = 1024 * 1024;
const onPipe = (surface: Surface) => surface.startsWith("stdio");
const deep = (surface: Surface): Expected => ({
  status: 400,
  code: -32600,
  says: onPipe(surface)
    ? /^The message nests deeper than 64 levels\.$/
    : /^The body nests deeper than 64 levels\.$/,
});

/** What nests too deep, each at once or only in a part that nobody looks at. */
const DEEP: { readonly [name: string]: string } = {
  "65 arrays": "[".repeat(65) + "]".repeat(65),
  "half a million arrays": "[".repeat(500_000),
  "a hundred thousand objects": `{"a":`.repeat(100_000),
  "arguments that nest too deep": echo(`{"text":${"[".repeat(70)}${"]".repeat(70)}}`),
  "what nests too deep behind escaped quotes": echo(
    `{"text":"\\"\\\\","x":${"[".repeat(70)}${"]".repeat(70)}}`,
  ),
  "a member of the message that nobody reads": `{"extra":${`{"a":[`.repeat(40)}${"]}".repeat(40)},"jsonrpc":"2.0"}`,
};

const TOO_LARGE: Expected = { status: 413, code: -32600, says: /^The body is larger than 4194304 bytes\.$/ };

/** A body in chunks, which does not say how long it is. */
const chunked = (body: string, chunk = 65_536) => {
  let text = "";
  for (let at = 0; at < body.length; at += chunk) {
    const part = body.slice(at, at + chunk);
    text += `${part.length.toString(16)}\r\n${part}\r\n`;
  }
  return text;
};

function* attacks(): Generator<Attack> {
  for (const surface of SURFACES) {
    for (const [name, text] of Object.entries(DEEP)) {
      yield {
        name: `${surface}: ${name}`,
        by: (target) => hand(target, surface, text),
        answer: deep(surface),
      };
    }
  }
  for (const surface of ["http", "stdio"] as const) {
    const text = "[{".repeat(10_000).slice(0, 9_000);
    yield {
      name: `${surface}: brackets in a text, which nest nothing`,
      by: (target) => hand(target, surface, echo(JSON.stringify({ text }))),
      answer: { served: /^(\[\{)+$/ },
    };
    yield {
      name: `${surface}: a hundred thousand members`,
      by: (target) => {
        const members = Array.from({ length: 50_000 }, (_, index) => `"m${index}":0`).join();
        return hand(target, surface, echo(`{"text":"a",${members}}`));
      },
      answer: { failed: /^The arguments of "echo" do not fit its input schema\.\n(- .*\n?){1,21}$/ },
    };
    yield {
      name: `${surface}: a number of a hundred thousand digits`,
      by: (target) => hand(target, surface, echo(`{"text":${"9".repeat(100_000)}}`)),
      answer: { failed: /^The arguments of "echo" do not fit its input schema\.\n- text: [^9]*$/ },
    };
  }
  yield {
    name: "http: a method of a million characters, which is not repeated",
    by: (target) => hand(target, "http", echo().replace("tools/call", "m".repeat(1_000_000))),
    answer: {
      status: 400,
      code: -32020,
      says: /^Header mismatch: Mcp-Method header value 'tools\/call' does not match body value 'm{200}…'$/,
    },
  };
  yield {
    name: "stdio: a method of 900,000 characters, which is not repeated",
    by: (target) => hand(target, "stdio", echo().replace("tools/call", "m".repeat(900_000))),
    answer: { code: -32601, says: /^Method not found: m{200}…$/ },
  };
  yield {
    name: "http: a body that says it is too large",
    by: (target) =>
      target.send(http("POST", [...mirrored("tools/call", "echo"), ["Content-Length", String(4 * MIB + 1)]])),
    answer: TOO_LARGE,
  };
  yield {
    name: "http: a body that says it is larger than any number",
    by: (target) =>
      target.send(http("POST", [...mirrored("tools/call", "echo"), ["Content-Length", "9".repeat(400)]])),
    answer: { status: 400, body: /^$/ },
  };
  yield {
    name: "http: a body that turns out to be too large",
    async by(target) {
      const raw = new Raw(target.ports.open);
      raw.send(
        http("POST", [
          ...mirrored("tools/call", "echo"),
          ["Content-Length", undefined],
          ["Transfer-Encoding", "chunked"],
        ]),
      );
      raw.send(chunked(" ".repeat(4 * MIB + 1)));
      const answer = await raw.answer();
      // Whatever more it would send, nobody reads it.
      await raw.closed();
      return answer;
    },
    answer: TOO_LARGE,
  };
  yield {
    name: "http+sse: a body that is too large",
    by: (target) => hand(target, "http+sse", `"${"a".repeat(4 * MIB)}"`),
    answer: TOO_LARGE,
  };
  yield {
    name: "stdio: a line that is too long",
    by: (target) => target.pipe.ask("a".repeat(3 * MIB)),
    answer: { code: -32600, says: /^The message is longer than 1048576 bytes\.$/ },
  };
  yield {
    name: "http: a tool that is called with a text of four million characters",
    by: (target) => target.send(tool("echo", { text: "a".repeat(4_000_000) })),
    answer: { served: /^a{4000000}$/ },
  };
}

export const hugeJson = [...attacks()];
