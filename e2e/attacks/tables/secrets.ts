import type { Attack, Expected } from "../attack.ts";
import { legacy, message, meta, modern, tool } from "../requests.ts";
import { GIVEN_SECRET } from "../secret.ts";
import type { Target } from "../target.ts";
import type { Answer } from "../wire.ts";

const REFERENCE = "Internal error \\(reference [0-9a-f-]{36}\\)";
const FAILED: Expected = { failed: new RegExp(`^${REFERENCE}$`) };
const ERROR: Expected = { status: 200, code: -32603, says: new RegExp(`^${REFERENCE}$`) };

const HOWS = [
  "message",
  "cause",
  "members",
  "aggregate",
  "name",
  "stack",
  "lines",
  "string",
  "object",
  "lookalike",
  "json",
  "getter",
  "nothing",
];

const completion = (ref: object, name: string) =>
  modern("completion/complete", { ref, argument: { name, value: "" } }, [["Mcp-Name", undefined]]);

/** Where an author's code fails, and how that reaches the client. */
const FAILURES: {
  readonly [where: string]: readonly [send: (target: Target) => Promise<Answer>, answer: Expected];
} = {
  "a step": [(target) => target.send(tool("fail-in-step")), FAILED],
  "a schema's own check": [(target) => target.send(tool("fail-in-schema", { text: "a" })), ERROR],
  "a result that does not fit": [(target) => target.send(tool("fail-in-output")), FAILED],
  "a prompt": [(target) => target.send(modern("prompts/get", { name: "fail" })), ERROR],
  "a resource": [(target) => target.send(modern("resources/read", { uri: "test://fail" })), ERROR],
  "a completion": [(target) => target.send(completion({ type: "ref/prompt", name: "fail" }, "name")), ERROR],
  "a resource in a session": [
    async (target) =>
      target.send(
        legacy(await target.session(), { id: 1, method: "resources/read", params: { uri: "test://fail" } }),
      ),
    ERROR,
  ],
  "a resource on a pipe": [
    (target) => target.pipe.ask(message("resources/read", { uri: "test://fail" })),
    ERROR,
  ],
  "a tool's word to the model, with a cause": [
    (target) => target.send(tool("tool-error")),
    { failed: /^Say this to the model\.$/ },
  ],
  "a handler's word to the client, with a cause": [
    (target) => target.send(tool("rpc-error")),
    { status: 200, code: 4001, says: /^Say this to the client\.$/ },
  ],
};

/** Arguments that do not fit, with what a client would not want to read again. */
const MISTAKES: readonly (readonly [tool: string, args: object, says: RegExp])[] = [
  ["echo", { text: [GIVEN_SECRET] }, /- text: /],
  ["echo", { text: { password: GIVEN_SECRET } }, /- text: /],
  ["checked", { text: [GIVEN_SECRET] }, /- text: /],
  ["shapes", { code: GIVEN_SECRET }, /- code: String does not match pattern\.$/],
  ["shapes", { code: GIVEN_SECRET.repeat(10) }, /- code: String is too long/],
  ["shapes", { link: GIVEN_SECRET }, /- link: String does not match format/],
  ["shapes", { email: GIVEN_SECRET }, /- email: String does not match format/],
  ["shapes", { set: [GIVEN_SECRET, GIVEN_SECRET] }, /- set: /],
  ["shapes", { choice: GIVEN_SECRET }, /- choice: /],
  ["read", { draft: GIVEN_SECRET }, /^There is no such draft/],
];

const LOG_LEVEL = { "io.modelcontextprotocol/logLevel": "debug" };
const LOGS = { name: "log-secrets", arguments: {} };

/** Secrets that an author logs to the client, and how they come. */
const LOGGED: { readonly [where: string]: (target: Target) => Promise<Answer> } = {
  "": (target) => target.send(modern("tools/call", { ...LOGS, _meta: meta(LOG_LEVEL) })),
  ", in a session": async (target) =>
    target.send(legacy(await target.session(), { id: 1, method: "tools/call", params: LOGS })),
  ", on a pipe": (target) => target.pipe.ask(message("tools/call", { ...LOGS, _meta: meta(LOG_LEVEL) }), 4),
};

function* attacks(): Generator<Attack> {
  for (const name of ["fail", "fail-at-once"]) {
    for (const how of HOWS) {
      yield { name: `${name}: ${how}`, by: (target) => target.send(tool(name, { how })), answer: FAILED };
      yield {
        name: `${name}, on a pipe: ${how}`,
        by: (target) => target.pipe.ask(message("tools/call", { name, arguments: { how } })),
        answer: FAILED,
      };
      yield {
        name: `${name}, in a session: ${how}`,
        by: async (target) =>
          target.send(
            legacy(await target.session(), {
              id: 1,
              method: "tools/call",
              params: { name, arguments: { how } },
            }),
          ),
        answer: FAILED,
      };
    }
  }
  for (const [where, [by, answer]] of Object.entries(FAILURES)) yield { name: where, by, answer };
  for (const [where, send] of Object.entries(LOGGED)) {
    yield {
      name: `secrets in log messages${where}`,
      async by(target) {
        const answer = await send(target);
        const logged = answer.messages.filter(({ method }) => method === "notifications/message");
        if (logged.length !== 3) throw new Error(`Expected 3 log messages, got: ${answer.body}`);
        return answer;
      },
      answer: { served: /^logged$/ },
    };
  }
  for (const [name, args, failed] of MISTAKES) {
    yield {
      name: `${name}: ${JSON.stringify(args)}, which is not repeated`,
      by: (target) => target.send(tool(name, args)),
      answer: { failed },
    };
  }
}

export const secrets = [...attacks()];
