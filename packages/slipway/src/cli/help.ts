import type { Command, Options } from "./command.ts";
import type { Entry } from "./commands.ts";
import type { Io } from "./io.ts";
import { HELP } from "./parse.ts";

const MAX_COLUMNS = 100;

/** What `slipway --help` says. */
export function overview(commands: ReadonlyMap<string, Entry>, version: string, io: Io): string {
  const { bold, dim } = io.style;
  const rows = [...commands].map(([name, { summary }]) => [name, summary] as const);
  return [
    `${bold("slipway")} ${version}: write an MCP server once, serve every client`,
    "",
    `${bold("Usage:")} slipway COMMAND [arguments]`,
    "",
    bold("Commands:"),
    table(rows, io),
    "",
    bold("Options:"),
    table(
      [
        ["-h, --help", "show help, also of one command: slipway help COMMAND"],
        ["-v, --version", "show the version"],
      ],
      io,
    ),
    "",
    dim("Exit codes: 0 fine, 1 it failed, 2 it was asked for wrongly."),
  ].join("\n");
}

/** What `slipway NAME --help` says. */
export function helpOf(name: string, { summary }: Entry, command: Command, io: Io): string {
  const { bold, dim } = io.style;
  const lines = [`${summary}.`, "", `${bold("Usage:")} slipway ${name} ${command.usage}`.trimEnd()];
  if (command.about !== undefined) {
    for (const paragraph of command.about.trim().split(/\n\s*\n/)) {
      lines.push("", ...wrap(paragraph.replace(/\s+/g, " "), widthOf(io)));
    }
  }
  lines.push("", bold("Options:"), table(rowsOf({ ...command.options, help: HELP }), io));
  if (command.examples.length > 0) {
    lines.push("", bold("Examples:"));
    for (const { line, help } of command.examples) lines.push(dim(`  # ${help}`), `  slipway ${line}`);
  }
  return lines.join("\n");
}

function rowsOf(options: Options): [string, string][] {
  return Object.entries(options).map(([name, { type, short, value = "VALUE", help }]) => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${type === "string" ? ` ${value}` : ""}`,
    help,
  ]);
}

function widthOf({ columns }: Io): number {
  return Math.min(columns, MAX_COLUMNS);
}

/** Two columns, of which the second is wrapped. */
function table(rows: readonly (readonly [string, string])[], io: Io): string {
  const indent = Math.max(...rows.map(([left]) => left.length)) + 4;
  const width = Math.max(widthOf(io) - indent, 30);
  return rows
    .flatMap(([left, right]) =>
      wrap(right.replace(/\s+/g, " "), width).map((line, index) =>
        index === 0
          ? `  ${io.style.cyan(left)}${" ".repeat(indent - left.length - 2)}${line}`
          : " ".repeat(indent) + line,
      ),
    )
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
