import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type Args, type Options, UsageError } from "./command.ts";
import { nearest } from "./nearest.ts";

/** What every command has besides its own options. */
export const HELP = { type: "boolean", short: "h", help: "show this help" } as const;

/**
 * Reads a command line.
 * @throws UsageError when an option is unknown, or its value is missing or too much
 */
export function parse<O extends Options>(
  args: readonly string[],
  options: O,
): Args<O & { help: typeof HELP }> {
  const config: ParseArgsOptionsConfig = {};
  for (const [name, { type, short, multiple }] of Object.entries<Options[string]>({
    ...options,
    help: HELP,
  })) {
    config[name] = { type, ...(short && { short }), ...(multiple && { multiple }) };
  }
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
    const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? args.length;
    const rest = args.slice(end + 1);
    return {
      values: values as Args<O & { help: typeof HELP }>["values"],
      positionals: positionals.slice(0, positionals.length - rest.length),
      rest,
    };
  } catch (error) {
    throw new UsageError(complaint(error as Error, args, { ...options, help: HELP }), { cause: error });
  }
}

function complaint(error: Error & { code?: string }, args: readonly string[], options: Options): string {
  if (error.code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return sentence(error.message);
  const given = /'(-[^']*)'/.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith("-")) ?? "";
  const near = nearest(given.replace(/^-+/, ""), Object.keys(options));
  return `There is no option ${given}.${near === undefined ? "" : ` Did you mean --${near}?`}`;
}

/** The first sentence of what Node says; what follows is for those who have written the program. */
function sentence(message: string): string {
  const first = message.split(/[\n]|\. (?=[A-Z])/)[0] ?? message;
  return first.endsWith(".") ? first : `${first}.`;
}
