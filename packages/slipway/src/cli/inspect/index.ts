import { command, EXIT } from "../command.ts";
import { nameOf, targetOf, WAY_OPTIONS, wayOf } from "../connect.ts";
import { printableJson } from "../printable.ts";
import { inspect } from "./findings.ts";
import { report } from "./report.ts";

export default command({
  usage: "URL | COMMAND… | -- COMMAND… [options]",
  about: `
    Connects to a server, at an address or in a program that it starts, and lists all that it has: tools with their
    arguments, resources, templates, prompts, capabilities, instructions, and which revisions of the protocol it speaks.
    Nothing is called, and nothing changed.

    Options of the program itself go behind a --, or the whole command into quotes. An address is asked for each revision
    on its own; a program for the newest of both eras, as it is started anew for each: --all asks for the others, too.`,
  options: {
    json: { type: "boolean", help: "print it as JSON" },
    all: { type: "boolean", help: "ask also a program for each revision on its own" },
    ...WAY_OPTIONS,
  },
  examples: [
    { line: "inspect http://localhost:3000/mcp", help: "a server at an address" },
    { line: "inspect -- node server.js --stdio", help: "a server in a program" },
    { line: "inspect https://example.com/mcp --json | jq '.tools[].name'", help: "the names of its tools" },
  ],
  async run({ values, positionals, rest }, io) {
    const target = targetOf([...positionals, ...rest]);
    const way = wayOf(values, io.env);
    const thorough = target.kind === "http" || values.all === true;
    const found = await inspect(target, way, nameOf(target), thorough, (text) => void io.stderr.write(text));
    if (values.json) io.print(printableJson(found, 2));
    else for (const line of report(found, io.style, io.stdout.isTTY ? io.columns : Infinity)) io.print(line);
    return EXIT.fine;
  },
});
