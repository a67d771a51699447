import type { Attack, Expected } from "../attack.ts";
import { headerText, http, initialize, legacy, message, meta, mirrored, modern, tool } from "../requests.ts";
import type { Target } from "../target.ts";
import type { Answer, Message } from "../wire.ts";

/** What every object has, or leads to what every object has. */
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
];

interface Place {
  readonly on: string;
  readonly send: (target: Target, key: string) => Promise<Answer>;
  readonly answer: (key: string) => Expected;
}

const inSession = async (target: Target, body: Message) => target.send(legacy(await target.session(), body));
const own = (key: string, value: unknown) =>
  JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as object;
const unknown = (what: string): Expected => ({
  status: 200,
  code: -32602,
  says: new RegExp(`^Unknown ${what}: \\w+$`),
});

/** Places where a name of the client's choice is looked up. */
const NAMES: readonly Place[] = [
  {
    on: "method, http",
    send: (target, key) => target.send(modern(key)),
    answer: (key) => ({ status: 404, code: -32601, says: new RegExp(`^Method not found: ${key}$`) }),
  },
  {
    on: "method, session",
    send: (target, key) => inSession(target, { id: 1, method: key }),
    answer: (key) => ({ status: 200, code: -32601, says: new RegExp(`^Method not found: ${key}$`) }),
  },
  {
    on: "method, stdio",
    send: (target, key) => target.pipe.ask(message(key)),
    answer: (key) => ({ code: -32601, says: new RegExp(`^Method not found: ${key}$`) }),
  },
  { on: "tool, http", send: (target, key) => target.send(tool(key)), answer: () => unknown("tool") },
  {
    on: "tool, session",
    send: (target, key) => inSession(target, { id: 1, method: "tools/call", params: { name: key } }),
    answer: () => unknown("tool"),
  },
  {
    on: "tool, stdio",
    send: (target, key) => target.pipe.ask(message("tools/call", { name: key })),
    answer: () => unknown("tool"),
  },
  {
    on: "prompt",
    send: (target, key) => target.send(modern("prompts/get", { name: key })),
    answer: () => unknown("prompt"),
  },
  {
    on: "completed prompt",
    send: (target, key) =>
      target.send(
        modern(
          "completion/complete",
          { ref: { type: "ref/prompt", name: key }, argument: { name: "a", value: "" } },
          [["Mcp-Name", undefined]],
        ),
      ),
    answer: () => unknown("prompt"),
  },
  {
    on: "completed argument",
    send: (target, key) =>
      target.send(
        modern(
          "completion/complete",
          { ref: { type: "ref/prompt", name: "greet" }, argument: { name: key, value: "" } },
          [["Mcp-Name", undefined]],
        ),
      ),
    answer: () => unknown("argument"),
  },
  {
    on: "completed template",
    send: (target, key) =>
      target.send(
        modern("completion/complete", {
          ref: { type: "ref/resource", uri: key },
          argument: { name: "id", value: "" },
        }),
      ),
    answer: () => unknown("resource template"),
  },
  {
    on: "resource",
    send: (target, key) => target.send(modern("resources/read", { uri: key })),
    answer: () => ({
      status: 200,
      code: -32602,
      says: /^"uri" must be an absolute URI of at most 8192 characters\.$/,
    }),
  },
  {
    on: "resource with a scheme",
    send: (target, key) => target.send(modern("resources/read", { uri: `test://${key}` })),
    answer: () => ({ status: 200, code: -32602, says: /^Resource not found$/ }),
  },
  {
    on: "value of a template's variable",
    send: (target, key) => target.send(modern("resources/read", { uri: `test://item/${key}` })),
    answer: (key) => ({ served: new RegExp(`"text":"\\{.{1,4}id.{1,6}${key}`) }),
  },
  {
    on: "cursor",
    send: (target, key) => target.send(modern("tools/list", { cursor: key })),
    answer: () => ({ status: 200, code: -32602, says: /^Invalid cursor: it is none of this server's/ }),
  },
  {
    on: "protocol version, in _meta",
    send: (target, key) =>
      target.send(
        modern("tools/list", { _meta: meta({ "io.modelcontextprotocol/protocolVersion": key }) }, [
          ["MCP-Protocol-Version", key],
        ]),
      ),
    answer: () => ({ status: 400, code: -32022, says: /^Unsupported protocol version$/ }),
  },
  {
    on: "protocol version, in the header",
    send: (target, key) =>
      target.send(modern("tools/list", { _meta: undefined }, [["MCP-Protocol-Version", key]])),
    answer: () => ({ status: 400, code: -32022, says: /^Unsupported protocol version$/ }),
  },
  {
    on: "protocol version of a handshake, which gets the newest",
    send: (target, key) => target.send(legacy(undefined, initialize(key))),
    answer: () => ({ served: /"protocolVersion":"2025-11-25"/ }),
  },
  {
    on: "session",
    send: (target, key) => target.send(legacy(key, { id: 1, method: "ping" })),
    answer: () => ({ status: 404, code: -32600, says: /^Session not found/ }),
  },
  {
    on: "session of HTTP+SSE",
    send: (target, key) => target.send(http("POST", [], message("ping"), `/messages?sessionId=${key}`)),
    answer: () => ({ status: 404, code: -32600, says: /^Session not found/ }),
  },
  {
    on: "event",
    send: async (target, key) =>
      target.send(
        http("GET", [
          ["Mcp-Session-Id", await target.session()],
          ["Last-Event-ID", key],
        ]),
      ),
    answer: () => ({
      status: 410,
      code: -32600,
      says: /^The events after this Last-Event-ID are no longer held/,
    }),
  },
  {
    on: "event of a stream",
    send: async (target, key) =>
      target.send(
        http("GET", [
          ["Mcp-Session-Id", await target.session()],
          ["Last-Event-ID", `${key}_0`],
        ]),
      ),
    answer: () => ({
      status: 410,
      code: -32600,
      says: /^The events after this Last-Event-ID are no longer held/,
    }),
  },
  {
    on: "log level",
    send: (target, key) => inSession(target, { id: 1, method: "logging/setLevel", params: { level: key } }),
    answer: () => ({ status: 200, code: -32602, says: /^"level" must be one of the eight log levels\.$/ }),
  },
  {
    on: "task",
    send: (target, key) => target.send(modern("tasks/get", { taskId: key, _meta: tasksMeta() })),
    answer: () => ({ status: 200, code: -32602, says: /^Task not found: \w+$/ }),
  },
  {
    on: "handle",
    send: (target, key) => target.send(tool("read", { draft: key })),
    answer: () => ({
      failed: /^There is no such draft: it has expired, or the id is wrong\. Create a new one\.$/,
    }),
  },
  {
    on: "argument that a schema does not allow",
    send: (target, key) =>
      target.send(modern("tools/call", { name: "echo", arguments: { text: "a", ...own(key, "b") } })),
    answer: () => ({ failed: /^The arguments of "echo" do not fit its input schema\./ }),
  },
  {
    on: "argument that a library's schema does not allow",
    send: (target, key) =>
      target.send(modern("tools/call", { name: "checked", arguments: { text: "a", ...own(key, "b") } })),
    answer: () => ({ failed: /^The arguments of "checked" do not fit its input schema\./ }),
  },
  {
    on: "argument that a schema allows",
    send: (target, key) => target.send(tool("loose", own(key, "b"))),
    answer: (key) => ({ served: new RegExp(`^\\{"args":\\{"${key}":"b"\\},"plain":true\\}$`) }),
  },
  {
    on: "argument of a prompt",
    send: (target, key) =>
      target.send(modern("prompts/get", { name: "greet", arguments: { name: "Ada", ...own(key, "b") } })),
    answer: () => ({ served: /Greet Ada\./ }),
  },
  {
    on: "header",
    send: (target, key) => target.send(tool("echo", { text: "a" }, [[key, "b"]])),
    answer: () => ({ served: /^a$/ }),
  },
  {
    on: "header that a handler asks for",
    send: (target, key) => target.send(tool("header", { header: key })),
    answer: () => ({ served: /^none$/ }),
  },
  {
    on: "mirrored header",
    send: (target, key) => target.send(tool("echo", { text: "a" }, [[`Mcp-Param-${key}`, "b"]])),
    answer: () => ({ served: /^a$/ }),
  },
  {
    on: "value of a mirrored argument",
    send: (target, key) =>
      target.send(tool("echo", { text: "a", region: key }, [["Mcp-Param-Region", headerText(key)]])),
    answer: () => ({ served: /^a$/ }),
  },
  {
    on: "id of a request",
    send: (target, key) => target.send(tool("echo", { text: "a" }, [], key)),
    answer: () => ({ served: /^a$/ }),
  },
  {
    on: "progress token",
    send: (target, key) =>
      target.send(
        modern("tools/call", { name: "say", arguments: { text: "a" }, _meta: meta({ progressToken: key }) }),
      ),
    answer: () => ({ served: /^a$/ }),
  },
  {
    on: "cancelled request",
    send: (target, key) =>
      inSession(target, { method: "notifications/cancelled", params: { requestId: key } }),
    answer: () => ({ status: 202 }),
  },
  {
    on: "answered question",
    send: (target, key) => inSession(target, { id: key, result: {} }),
    answer: () => ({ status: 202 }),
  },
];

function tasksMeta(): Message {
  return meta({
    "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
  });
}

/** What changes every object of a program that merges it into one of its own. */
const POISONS = [
  `{"__proto__":{"polluted":"yes"}}`,
  `{"constructor":{"prototype":{"polluted":"yes"}}}`,
  `{"__proto__":null}`,
  `{"a":{"__proto__":{"polluted":"yes"}},"__proto__":[]}`,
];

/** Places that take an object of the client's choice, and what comes of it. */
const OBJECTS: { readonly [on: string]: (target: Target, poison: Message) => Promise<Answer> } = {
  arguments: (target, poison) => target.send(tool("loose", poison)),
  "arguments, stdio": (target, poison) =>
    target.pipe.ask(message("tools/call", { name: "loose", arguments: poison })),
  _meta: (target, poison) => target.send(modern("tools/list", { _meta: merged(meta(), poison) })),
  "the client's capabilities": (target, poison) =>
    target.send(
      modern("tools/list", { _meta: meta({ "io.modelcontextprotocol/clientCapabilities": poison }) }),
    ),
  "what the client says of itself": (target, poison) =>
    target.send(
      modern("tools/list", {
        _meta: meta({ "io.modelcontextprotocol/clientInfo": merged({ name: "a", version: "1" }, poison) }),
      }),
    ),
  "a handshake": (target, poison) =>
    target.send(
      legacy(
        undefined,
        initialize("2025-11-25", {
          capabilities: poison,
          clientInfo: merged({ name: "a", version: "1" }, poison),
        }),
      ),
    ),
  inputResponses: (target, poison) =>
    target.send(modern("tools/call", { name: "ask", arguments: { order: "1" }, inputResponses: poison })),
  requestState: (target, poison) =>
    target.send(modern("tools/call", { name: "ask", arguments: { order: "1" }, requestState: poison })),
  "the context of a completion": (target, poison) =>
    target.send(
      modern(
        "completion/complete",
        {
          ref: { type: "ref/prompt", name: "greet" },
          argument: { name: "name", value: "" },
          context: { arguments: poison },
        },
        [["Mcp-Name", undefined]],
      ),
    ),
  "arguments of a prompt": (target, poison) =>
    target.send(modern("prompts/get", { name: "greet", arguments: poison })),
  "what a session tells": (target, poison) =>
    inSession(target, { method: "notifications/cancelled", params: poison }),
  "an answer": (target, poison) => inSession(target, { id: "1", result: poison }),
  "a message": (target, poison) =>
    target.send(http("POST", mirrored("tools/list"), text(message("tools/list"), poison))),
};

/** Members beside others, also such as `__proto__`. */
function merged(to: Message, from: Message): Message {
  return JSON.parse(text(JSON.stringify(to), from)) as Message;
}

function text(json: string, more: Message): string {
  return `${json.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
}

function* attacks(): Generator<Attack> {
  for (const { on, send, answer } of NAMES) {
    for (const key of KEYS)
      yield { name: `${key} as ${on}`, by: (target) => send(target, key), answer: answer(key) };
  }
  for (const [on, send] of Object.entries(OBJECTS)) {
    for (const poison of POISONS) {
      yield {
        name: `${poison} in ${on}, which changes no other object`,
        async by(target) {
          const answer = await send(target, JSON.parse(poison) as Message);
          // Whatever came of it, nothing of the inside is told.
          const looked = on.endsWith("stdio")
            ? target.pipe.ask(message("tools/call", { name: "pollution" }))
            : target.send(tool("pollution"));
          return [{ ...(await looked), head: answer.head, body: answer.body }];
        },
        answer: { served: /^none$/ },
      };
    }
  }
  yield {
    name: "arguments that have such names by their schema, and are not given",
    by: (target) => target.send(tool("named", {})),
    answer: { served: /^none$/ },
  };
  for (const key of ["__proto__", "constructor", "toString"]) {
    yield {
      name: `a template's variable that is called ${key}`,
      by: (target) => target.send(modern("resources/read", { uri: `test://variable/${key}/value` })),
      answer: { served: new RegExp(`"text":"${key},value"`) },
    };
    yield {
      name: `an argument that is called ${key} by its schema`,
      by: (target) => target.send(tool("named", own(key, "b"))),
      answer: { served: new RegExp(`^${key}$`) },
    };
    yield {
      name: `an argument that is called ${key} by its schema, and is not what it must be`,
      by: (target) => target.send(tool("named", own(key, { a: 1 }))),
      answer: { failed: new RegExp(`^The arguments of "named" do not fit its input schema\\.\n- ${key}: `) },
    };
  }
}

export const prototypeKeys = [...attacks()];
