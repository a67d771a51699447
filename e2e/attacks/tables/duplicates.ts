import type { Attack } from "../attack.ts";
import { http, meta, mirrored } from "../requests.ts";
import { hand, type Surface } from "../surfaces.ts";

const META = JSON.stringify(meta());
const params = (members: string) =>
  `"params":{"name":"echo","arguments":{"text":"last"},${members}"_meta":${META}}`;
const call = (members: string) => `{"jsonrpc":"2.0",${members}}`;
const SURFACES = ["http", "stdio"] as const;

/** Where a member comes twice, the last one counts: what is checked is what is served. */
const LAST_COUNTS: { readonly [name: string]: string } = {
  "two ids": call(`"id":99,"method":"tools/call",${params("")},"id":1`),
  "two versions, the last one right": `{"jsonrpc":"1.0","id":1,"method":"tools/call",${params("")},"jsonrpc":"2.0"}`,
  "two methods, the last one right": call(`"id":1,"method":"tools/list","method":"tools/call",${params("")}`),
  "two names, the last one right": call(
    `"id":1,"method":"tools/call","params":{"name":"mark","name":"echo","arguments":{"text":"last"},"_meta":${META}}`,
  ),
  "two arguments": call(
    `"id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"first"},"arguments":{"text":"last"},"_meta":${META}}`,
  ),
  "two texts": call(
    `"id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"first","text":"last"},"_meta":${META}}`,
  ),
  "two params": call(`"id":1,"method":"tools/call","params":{"name":"mark"},${params("")}`),
  "a name in another spelling": call(
    `"id":1,"method":"tools/call","params":{"Name":"mark","NAME":"mark","name":"echo","arguments":{"text":"last"},"_meta":${META}}`,
  ),
  "a member twice, once escaped": call(
    `"id":1,"m\\u0065thod":"tools/list","method":"tools/call",${params("")}`,
  ),
};

/** What a proxy that takes the first would have let pass: the headers say that one, and the body the other. */
const MISMATCHED: { readonly [name: string]: readonly [text: string, says: RegExp] } = {
  "two methods": [
    call(
      `"id":1,"method":"tools/call","method":"tools/list","params":{"name":"echo","arguments":{"text":"a"},"_meta":${META}}`,
    ),
    /^Header mismatch: Mcp-Method header value 'tools\/call' does not match body value 'tools\/list'$/,
  ],
  "two names": [
    call(
      `"id":1,"method":"tools/call","params":{"name":"echo","name":"mark","arguments":{"text":"a"},"_meta":${META}}`,
    ),
    /^Header mismatch: Mcp-Name header value 'echo' does not match body value 'mark'$/,
  ],
  "two params": [
    call(`"id":1,"method":"tools/call",${params("")},"params":{"name":"mark","_meta":${META}}`),
    /^Header mismatch: Mcp-Name header value 'echo' does not match body value 'mark'$/,
  ],
  "two versions in _meta": [
    call(
      `"id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a"},"_meta":${META},"_meta":${META.replace("2026-07-28", "2025-11-25")}}`,
    ),
    /^Header mismatch: MCP-Protocol-Version does not match the version in the body's _meta$/,
  ],
};

function* attacks(): Generator<Attack> {
  for (const surface of SURFACES) {
    for (const [name, text] of Object.entries(LAST_COUNTS)) yield counts(surface, name, text);
  }
  for (const [name, [text, says]] of Object.entries(MISMATCHED)) {
    yield {
      name: `http: ${name}`,
      by: (target) => hand(target, "http", text),
      answer: { status: 400, code: -32020, says },
    };
  }
  yield {
    name: "http: two arguments that a header mirrors",
    by: (target) => {
      const text = call(
        `"id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a","region":"eu","region":"us"},"_meta":${META}}`,
      );
      return target.send(http("POST", mirrored("tools/call", "echo", [["Mcp-Param-Region", "eu"]]), text));
    },
    answer: {
      status: 400,
      code: -32020,
      says: /^Header mismatch: Mcp-Param-Region header value 'eu' does not match the body$/,
    },
  };
  for (const surface of SURFACES) {
    yield {
      name: `${surface}: two versions of JSON-RPC, the last one wrong`,
      by: (target) =>
        hand(target, surface, call(`"id":1,"method":"tools/call",${params("")},"jsonrpc":"1.0"`)),
      answer: { status: 400, code: -32600, says: /"jsonrpc" must be "2.0", got a string\.$/ },
    };
  }
}

function counts(surface: Surface, name: string, text: string): Attack {
  return {
    name: `${surface}: ${name}`,
    by: (target) => hand(target, surface, text),
    answer: { served: /^last$/ },
  };
}

export const duplicates = [...attacks()];
