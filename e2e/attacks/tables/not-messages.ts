import type { Attack } from "../attack.ts";
import { meta } from "../requests.ts";
import { hand, type Surface } from "../surfaces.ts";

const META = JSON.stringify(meta());
const metaWith = (name: string, value: unknown) =>
  JSON.stringify(meta({ [`io.modelcontextprotocol/${name}`]: value }));
const message = (members: string) => `{"jsonrpc":"2.0",${members}}`;
const request = (members: string) => message(`"id":1,"method":"tools/call",${members}`);

/** JSON that is no message, and the reason that is given. */
const NO_MESSAGES: { readonly [name: string]: readonly [text: string, reason: RegExp] } = {
  null: ["null", /expected a JSON-RPC object, got null/],
  true: ["true", /expected a JSON-RPC object, got a boolean/],
  "a number": ["42", /expected a JSON-RPC object, got a number/],
  "a string": [`"tools/call"`, /expected a JSON-RPC object, got a string/],
  "an empty object": ["{}", /"jsonrpc" must be "2.0", got nothing/],
  "no version": [`{"id":1,"method":"ping"}`, /"jsonrpc" must be "2.0", got nothing/],
  "version 1": [`{"jsonrpc":"1.0","id":1,"method":"ping"}`, /"jsonrpc" must be "2.0", got a string/],
  "a version that is a number": [
    `{"jsonrpc":2.0,"id":1,"method":"ping"}`,
    /"jsonrpc" must be "2.0", got a number/,
  ],
  "a version in a list": [
    `{"jsonrpc":["2.0"],"id":1,"method":"ping"}`,
    /"jsonrpc" must be "2.0", got an array/,
  ],
  "a method that is null": [message(`"id":1,"method":null`), /"method" must be a string, got null/],
  "a method that is a number": [message(`"id":1,"method":7`), /"method" must be a string, got a number/],
  "a method that is a list": [
    message(`"id":1,"method":["tools/call"]`),
    /"method" must be a string, got an array/,
  ],
  "a method that is an object": [
    message(`"id":1,"method":{"toString":"tools/call"}`),
    /"method" must be a string, got an object/,
  ],
  "params in a list": [request(`"params":["echo"]`), /"params" must be an object, got an array/],
  "params that are a string": [request(`"params":"echo"`), /"params" must be an object, got a string/],
  "params that are null": [request(`"params":null`), /"params" must be an object, got null/],
  "an id that is null": [
    message(`"id":null,"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got null/,
  ],
  "an id that is an object": [
    message(`"id":{},"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got an object/,
  ],
  "an id that is a list": [
    message(`"id":[1],"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got an array/,
  ],
  "an id that is true": [
    message(`"id":true,"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got a boolean/,
  ],
  "a fractional id": [
    message(`"id":1.5,"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got a fractional number/,
  ],
  "an id beyond all numbers": [
    message(`"id":1e400,"method":"ping"`),
    /"id" must be a string or an integer below 2\^53, got a fractional number/,
  ],
  "neither method nor result": [
    message(`"id":1`),
    /a message needs a "method", or exactly one of "result" and "error"/,
  ],
  "a result and an error": [
    message(`"id":1,"result":{},"error":{"code":1,"message":""}`),
    /exactly one of "result" and "error"/,
  ],
  "an error that is a string": [
    message(`"id":1,"error":"no"`),
    /"error" must hold an integer "code" and a string "message"/,
  ],
  "an error whose code is a string": [
    message(`"id":1,"error":{"code":"1","message":""}`),
    /"error" must hold an integer "code"/,
  ],
  "a result without an id": [
    message(`"result":{}`),
    /"id" must be a string or an integer below 2\^53, got nothing/,
  ],
};

/** Requests of the newest revision whose `_meta` is not what it must be. */
const NO_ENVELOPES: { readonly [name: string]: readonly [metaText: string, reason: RegExp] } = {
  "capabilities in a list": [
    metaWith("clientCapabilities", []),
    /clientCapabilities" must be an object, got an array$/,
  ],
  "no capabilities": [
    metaWith("clientCapabilities", undefined),
    /clientCapabilities" must be an object, got nothing$/,
  ],
  "a client without a name": [
    metaWith("clientInfo", { version: "1" }),
    /clientInfo" must be an object with "name" and "version", got an object$/,
  ],
  "a log level of elsewhere": [
    metaWith("logLevel", "toString"),
    /logLevel" must be one of the eight log levels, got a string$/,
  ],
};

/** Params of `tools/call` that are not what they must be. */
const NO_PARAMS: { readonly [name: string]: readonly [params: string, reason: RegExp] } = {
  "no name": [`"arguments":{}`, /^"name" must be a string, got nothing\.$/],
  "a name that is a number": [`"name":7`, /^"name" must be a string, got a number\.$/],
  "a name in a list": [`"name":["echo"]`, /^"name" must be a string, got an array\.$/],
};
const NO_ARGUMENTS: { readonly [name: string]: readonly [args: string, reason: RegExp] } = {
  "arguments in a list": [`[{"text":"a"}]`, /^"arguments" must be an object, got an array\.$/],
  "arguments that are a string": [`"text"`, /^"arguments" must be an object, got a string\.$/],
  "arguments that are null": ["null", /^"arguments" must be an object, got null\.$/],
};

const NO_BATCHES: { readonly [surface in Exclude<Surface, "http+sse">]: RegExp } = {
  http: /^Revision 2026-07-28 has no batches: send one message\.$/,
  session: /^Revision 2025-11-25 has no batches: send one message\.$/,
  stdio: /^Batches are not part of this client's revision: send one message\.$/,
  "stdio, opened": /^Batches are not part of this client's revision: send one message\.$/,
};

function* attacks(): Generator<Attack> {
  for (const surface of ["http", "session", "stdio", "stdio, opened"] as const) {
    for (const [name, [text, reason]] of Object.entries(NO_MESSAGES)) {
      const says = new RegExp(
        `^${surface.startsWith("stdio") ? "Not a JSON-RPC message" : "The body is not a JSON-RPC message"}: .*${reason.source}`,
      );
      yield {
        name: `${surface}: ${name}`,
        by: (target) => hand(target, surface, text),
        answer: { status: 400, code: -32600, says },
      };
    }
    for (const batch of ["[]", "[[]]", `[${message(`"id":1,"method":"ping"`)}]`]) {
      yield {
        name: `${surface}: the batch ${batch}`,
        by: (target) => hand(target, surface, batch),
        answer: { status: 400, code: -32600, says: NO_BATCHES[surface] },
      };
    }
  }
  for (const surface of ["http", "stdio"] as const) {
    for (const [name, [metaText, says]] of Object.entries(NO_ENVELOPES)) {
      yield {
        name: `${surface}: ${name}`,
        by: (target) =>
          hand(
            target,
            surface,
            request(`"params":{"name":"echo","arguments":{"text":"a"},"_meta":${metaText}}`),
          ),
        answer: { status: 400, code: -32602, says },
      };
    }
    for (const [name, [args, says]] of Object.entries(NO_ARGUMENTS)) {
      yield {
        name: `${surface}: ${name}`,
        by: (target) =>
          hand(target, surface, request(`"params":{"name":"echo","arguments":${args},"_meta":${META}}`)),
        answer: { status: 200, code: -32602, says },
      };
    }
  }
  for (const surface of ["http", "session", "stdio", "stdio, opened"] as const) {
    for (const [name, [params, says]] of Object.entries(NO_PARAMS)) {
      yield {
        name: `${surface}: ${name}`,
        by: (target) =>
          hand(
            target,
            surface,
            request(
              `"params":{${params}${surface === "http" || surface === "stdio" ? `,"_meta":${META}` : ""}}`,
            ),
          ),
        answer: { status: 200, code: -32602, says },
      };
    }
  }
  yield {
    name: "http: an answer to nothing",
    by: (target) => hand(target, "http", message(`"id":1,"result":{}`)),
    answer: { status: 400, code: -32600, says: /^Clients of this revision send no responses/ },
  };
  yield {
    name: "http: a request without _meta, where the header names a version that needs it",
    by: (target) => hand(target, "http", request(`"params":{"name":"echo"}`)),
    answer: {
      status: 400,
      code: -32602,
      says: /^"_meta" must be an object with the per-request fields, got nothing$/,
    },
  };
}

export const notMessages = [...attacks()];
