import { LOGGING_LEVELS } from "../../protocol/types.ts";
import { command, type Options, UsageError } from "../command.ts";
import { split, targetOf, WAY_OPTIONS, wayOf } from "../connect.ts";
import { type Errand, perform } from "./perform.ts";

const OPTIONS = {
  arg: {
    type: "string",
    short: "a",
    multiple: true,
    value: "NAME=VALUE",
    help: "an argument, read as the tool's schema says; may be repeated, also for the items of a list",
  },
  resource: { type: "string", value: "URI", help: "read a resource instead of calling a tool" },
  prompt: {
    type: "string",
    value: "NAME",
    help: "get a prompt instead of calling a tool; --arg gives its arguments",
  },
  json: { type: "boolean", help: "print the result as JSON, as the server sent it" },
  out: { type: "string", value: "FOLDER", help: "save pictures, sound and other files of the result there" },
  answer: {
    type: "string",
    multiple: true,
    value: "FIELD=VALUE",
    help: "an answer to what the server asks, by the name of the form's field; may be repeated",
  },
  yes: {
    type: "boolean",
    short: "y",
    help: "agree to forms that need no answer, and to addresses to be opened",
  },
  decline: { type: "boolean", help: "say no to whatever the server asks" },
  sample: { type: "string", value: "TEXT", help: "the answer to whatever the server asks a language model" },
  root: {
    type: "string",
    multiple: true,
    value: "FOLDER",
    help: "a folder that the server may work in; may be repeated",
  },
  log: {
    type: "string",
    value: "LEVEL",
    help: `the least level of the server's log that is shown: ${LOGGING_LEVELS.join(", ")}; default info`,
  },
  quiet: { type: "boolean", short: "q", help: "show neither progress nor the server's log" },
  ...WAY_OPTIONS,
} as const satisfies Options;

export default command({
  usage: "URL|COMMAND TOOL [JSON] [options]",
  about: `
    Calls one tool of a server, at an address or in a program that is started for the call, and prints its result to
    standard output; everything else goes to standard error. The exit code is 1 when the tool says that it failed.

    Arguments are given one by one with --arg, which reads them as the tool's schema says, or as one JSON object, or as - to
    read that from standard input. A COMMAND of several words stands in quotes, or at the end behind a --.

    What the server asks during the call is asked on the terminal; where there is none it is answered by --answer, or
    declined. Ctrl-C cancels the call, and the second time ends the program at once.`,
  options: OPTIONS,
  examples: [
    { line: "call http://localhost:3000/mcp greet --arg name=Ada", help: "a tool of a server at an address" },
    { line: `call 'node server.js' greet '{"name": "Ada"}'`, help: "a server in a program" },
    {
      line: "call greet --arg name=Ada -- node server.js --stdio",
      help: "the same, with the command at the end",
    },
    {
      line: "call http://localhost:3000/mcp refund -a orderId=A-1 --answer sure=true",
      help: "answers the question in between",
    },
  ],
  async run({ values, positionals, rest }, io) {
    const words = [...positionals];
    const target = targetOf(rest.length > 0 ? rest : words.splice(0, 1));
    const pairs = (values.arg ?? []).map((one) => split(one, "=", "--arg", "NAME=VALUE"));
    const { log = "info" } = values;
    const level = LOGGING_LEVELS.find((one) => one === log);
    if (level === undefined)
      throw new UsageError(`--log wants one of ${LOGGING_LEVELS.join(", ")}, got ${log}.`);
    return perform(
      {
        target,
        way: wayOf(values, io.env),
        errand: errandOf(values, words, pairs),
        json: values.json === true,
        out: values.out,
        answers: (values.answer ?? []).map((one) => split(one, "=", "--answer", "FIELD=VALUE")),
        yes: values.yes === true,
        decline: values.decline === true,
        sample: values.sample,
        roots: values.root,
        level,
        quiet: values.quiet === true,
      },
      io,
    );
  },
});

function errandOf(
  { resource, prompt }: { readonly resource?: string; readonly prompt?: string },
  words: readonly string[],
  pairs: readonly (readonly [string, string])[],
): Errand {
  const [name, json, ...more] = words;
  if (resource !== undefined || prompt !== undefined) {
    if (resource !== undefined && prompt !== undefined)
      throw new UsageError("Give --resource or --prompt, not both.");
    if (name !== undefined)
      throw new UsageError(`Expected no tool beside --resource or --prompt, got ${name}.`);
    if (resource !== undefined) return { kind: "resource", uri: resource };
    return { kind: "prompt", name: prompt as string, args: Object.fromEntries(pairs) };
  }
  if (name === undefined) throw new UsageError("Expected the name of a tool; slipway inspect lists them.");
  if (more.length > 0) {
    throw new UsageError(
      `Expected URL|COMMAND TOOL [JSON], got ${more.length} more: a command of several words stands in quotes, or behind a --.`,
    );
  }
  return { kind: "tool", name, json, pairs };
}
