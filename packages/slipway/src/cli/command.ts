import type { Io } from "./io.ts";

/** An option of a command, as `parseArgs` of `node:util` takes it, and what help says of it. */
export interface Option {
  readonly type: "string" | "boolean";
  /** One letter. */
  readonly short?: string;
  /** May be given several times; its value is a list then. */
  readonly multiple?: boolean;
  /** Stands for the value in help, such as `PORT`. Default: `VALUE`. */
  readonly value?: string;
  /** One line or more, without a full stop where it is a phrase. */
  readonly help: string;
}

export type Options = { readonly [name: string]: Option };

type ValueOf<O extends Option> = O["type"] extends "boolean" ? boolean : string;

/** What was given of a command's options. */
export type Values<O extends Options> = {
  readonly [K in keyof O]?: O[K] extends { readonly multiple: true }
    ? readonly ValueOf<O[K]>[]
    : ValueOf<O[K]>;
};

/** What was given on a command line. */
export interface Args<O extends Options = Options> {
  readonly values: Values<O>;
  /** What is no option and stands before a `--`. */
  readonly positionals: readonly string[];
  /** What stands behind a `--`, untouched. */
  readonly rest: readonly string[];
}

interface Example {
  /** Without the `slipway` in front. */
  readonly line: string;
  /** What it does. */
  readonly help: string;
}

/** The exit codes of every command. */
export const EXIT = {
  fine: 0,
  /** It was asked for rightly, and could not be done. */
  failed: 1,
  /** It was asked for wrongly: see its help. */
  usage: 2,
} as const;

/** One of the commands; its name and its summary are in the table of `commands.ts`. */
export interface Command<O extends Options = Options> {
  /** What stands behind `slipway NAME`, such as `FILE [options]`. */
  readonly usage: string;
  /** Says more than the summary does: a paragraph or several. */
  readonly about?: string;
  readonly options: O;
  readonly examples: readonly Example[];
  /**
   * @returns the exit code
   * @throws UsageError when it was asked for wrongly
   * @throws Failure when it could not be done, and the message says all there is to say
   */
  run(args: Args<O>, io: Io): Promise<number>;
}

/** Lets a command's `run` know the types of its options. */
export function command<const O extends Options>(definition: Command<O>): Command<O> {
  return definition;
}

/** Ends the program with code 2, and a pointer to the command's help. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Ends the program with code 1 and a message, without a stack. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}
