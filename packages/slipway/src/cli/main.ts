import { EXIT, Failure, UsageError } from "./command.ts";
import { COMMANDS, type Entry } from "./commands.ts";
import { helpOf, overview } from "./help.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { parse } from "./parse.ts";
import { version } from "./version.ts";

/**
 * Runs the command line.
 * @param args what stands behind `slipway`
 * @returns the exit code
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [first, ...others] = args;
  if (first === undefined) {
    io.note(overview(COMMANDS, version(), io));
    return EXIT.usage;
  }
  if (first === "--version" || first === "-v") {
    io.print(version());
    return EXIT.fine;
  }
  const asksForHelp = first === "help" || first === "--help" || first === "-h";
  const name = asksForHelp ? others.find((other) => !other.startsWith("-")) : first;
  if (name === undefined) {
    io.print(overview(COMMANDS, version(), io));
    return EXIT.fine;
  }
  const entry = COMMANDS.get(name);
  if (entry === undefined) return unknown(name, io);
  return asksForHelp ? help(name, entry, io) : run(name, entry, others, io);
}

async function help(name: string, entry: Entry, io: Io): Promise<number> {
  io.print(helpOf(name, entry, await entry.load(), io));
  return EXIT.fine;
}

async function run(name: string, entry: Entry, args: readonly string[], io: Io): Promise<number> {
  const { red, dim } = io.errorStyle;
  try {
    const command = await entry.load();
    const parsed = parse(args, command.options);
    if (parsed.values.help) return await help(name, entry, io);
    return await command.run(parsed, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.note(`${red("error:")} ${error.message}`);
      io.note(dim(`See slipway ${name} --help.`));
      return EXIT.usage;
    }
    io.note(`${red("error:")} ${error instanceof Failure ? error.message : stackOf(error)}`);
    return EXIT.failed;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

function unknown(name: string, io: Io): number {
  const { red, dim } = io.errorStyle;
  const what = name.startsWith("-") ? "option" : "command";
  const near = nearest(name, COMMANDS.keys());
  io.note(
    `${red("error:")} There is no ${what} ${name}.${near === undefined ? "" : ` Did you mean slipway ${near}?`}`,
  );
  io.note(dim("See slipway --help."));
  return EXIT.usage;
}
