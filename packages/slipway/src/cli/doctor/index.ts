import { argumentsFor, toolNamed } from "../call/tool-arguments.ts";
import { command, EXIT, type Options, UsageError } from "../command.ts";
import { durationOf, split, targetOf, WAY_OPTIONS, wayOf } from "../connect.ts";
import { printableJson } from "../printable.ts";
import { Screen } from "../screen.ts";
import { type Examination, examine } from "./examine.ts";
import { countsOf, report } from "./report.ts";

const { header, token, timeout } = WAY_OPTIONS;

const OPTIONS = {
  json: { type: "boolean", help: "print the findings as JSON" },
  origin: {
    type: "string",
    value: "ORIGIN",
    help: "a web page that is to call the server, such as https://app.example.com",
  },
  idle: {
    type: "string",
    value: "DURATION",
    help: "how long to watch a stream on which nothing happens; default 15s",
  },
  tool: {
    type: "string",
    value: "NAME",
    help: "a tool without effects that takes seconds and reports progress: shows whether reports are held back",
  },
  arg: {
    type: "string",
    short: "a",
    multiple: true,
    value: "NAME=VALUE",
    help: "an argument of that tool; may be repeated",
  },
  header,
  token,
  timeout,
} as const satisfies Options;

export default command({
  usage: "URL [options]",
  about: `
    Looks at a deployment as its clients see it: which revisions it speaks, whether sessions and streams hold behind its
    balancers and proxies, who may call it and how that is found out, its clock, its caching. Each finding that matters says
    what to do. No tool is called, unless you name one.

    The exit code is 1 when a finding is an error.`,
  options: OPTIONS,
  examples: [
    { line: "doctor https://mcp.example.com/mcp", help: "what strangers see" },
    {
      line: "doctor https://mcp.example.com/mcp --origin https://app.example.com",
      help: "also whether that page may call it",
    },
    {
      line: "doctor https://mcp.example.com/mcp --json --idle 90s",
      help: "watches a stream for longer than most proxies do",
    },
  ],
  async run({ values, positionals, rest }, io) {
    const target = targetOf([...positionals, ...rest]);
    if (target.kind !== "http")
      throw new UsageError(`Expected the URL of a server, got ${positionals.join(" ")}.`);
    const { origin, idle = "15s" } = values;
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
      throw new UsageError(`--origin wants an origin such as https://app.example.com, got ${origin}.`);
    }
    const screen = new Screen(io.stderr);
    const findings = await examine({
      target,
      way: wayOf(values, io.env),
      origin,
      idleMs: durationOf(idle, "--idle"),
      tool: toolOf(values.tool, values.arg, (text) => screen.line(text)),
      begins: (what) => screen.status(`Looking at ${what}…`),
    });
    screen.status(undefined);
    const counts = countsOf(findings);
    if (values.json) io.print(printableJson({ url: target.url, counts, findings }, 2));
    else {
      const width = io.stdout.isTTY ? io.columns : Number.POSITIVE_INFINITY;
      for (const line of report(findings, io.style, width)) io.print(line);
    }
    return counts.error > 0 ? EXIT.failed : EXIT.fine;
  },
});

function toolOf(
  name: string | undefined,
  args: readonly string[] = [],
  warn: (text: string) => void,
): Examination["tool"] {
  if (name === undefined) {
    if (args.length > 0) throw new UsageError("--arg is for the tool that --tool names.");
    return undefined;
  }
  const pairs = args.map((one) => split(one, "=", "--arg", "NAME=VALUE"));
  return {
    name,
    async args(client) {
      const tools = [];
      for await (const tool of client.tools()) tools.push(tool);
      return argumentsFor(toolNamed(name, tools), { json: undefined, pairs }, warn);
    },
  };
}
