import type { Option, Options } from "../command.ts";
import type { Kind } from "./kinds.ts";

/** Something that can be set by a flag, in the environment, and in a file. Its name is that in the file. */
export interface Setting<T = unknown> {
  readonly kind: Kind<T>;
  /** What it sets, for help. */
  readonly help: string;
  /** As a flag would have it. */
  readonly default?: string;
  /** Stands for the value in help. */
  readonly value?: string;
  /** A name in the environment that comes after its own. */
  readonly env?: string;
  /** Never shown, and has no flag, since all users of a machine see what programs are started with. */
  readonly secret?: boolean;
  /** An object that only a configuration in JavaScript or TypeScript can make. */
  readonly made?: boolean;
}

export type Settings = { readonly [name: string]: Setting };

/** What settings come to. Those that have a default always have a value. */
export type Resolved<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends { readonly kind: Kind<infer T> }
    ? S[K] extends { readonly default: string }
      ? T
      : T | undefined
    : never;
};

/** `maxBodyBytes` is the flag `--max-body-bytes`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxBodyBytes` is `SLIPWAY_MAX_BODY_BYTES`. */
export function envOf(name: string): string {
  return `SLIPWAY_${flagOf(name).replaceAll("-", "_").toUpperCase()}`;
}

/** The options of a command that has these settings. */
export function optionsOf(settings: Settings): Options {
  const options: { [name: string]: Option } = {};
  for (const [name, { kind, help, value, secret, made, default: preset }] of Object.entries(settings)) {
    if (secret || made) continue;
    options[flagOf(name)] = {
      type: kind.isFlag ? "boolean" : "string",
      ...(kind.isList && { multiple: true }),
      ...(value !== undefined && { value }),
      help: preset === undefined || kind.isFlag ? help : `${help} (default: ${preset})`,
    };
  }
  return options;
}
