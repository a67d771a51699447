import { UsageError } from "../command.ts";
import { nearest } from "../nearest.ts";
import type { ConfigFile } from "./file.ts";
import { envOf, flagOf, type Resolved, type Setting, type Settings } from "./setting.ts";

export interface Sources {
  /** By the names of flags. */
  readonly flags: { readonly [name: string]: unknown };
  readonly env: NodeJS.ProcessEnv;
  readonly file: ConfigFile | undefined;
}

export interface Resolution<S extends Settings> {
  readonly values: Resolved<S>;
  /** Where each value comes from, such as `--port` or `SLIPWAY_PORT`. */
  readonly origins: { readonly [K in keyof S]: string };
  /** Each value as it was given, such as `10s`. */
  readonly given: { readonly [K in keyof S]: unknown };
}

const BY_DEFAULT = "default";

/**
 * Finds the value of each setting: a flag comes before the environment, that before the file, and that before the default.
 * @throws UsageError when a value is not what it should be, or the file sets what there is not
 */
export function resolve<S extends Settings>(settings: S, sources: Sources): Resolution<S> {
  checkNames(settings, sources.file);
  const values: { [name: string]: unknown } = {};
  const origins: { [name: string]: string } = {};
  const given: { [name: string]: unknown } = {};
  for (const [name, setting] of Object.entries(settings)) {
    const found = find(name, setting, sources);
    values[name] = found?.value;
    origins[name] = found?.origin ?? BY_DEFAULT;
    given[name] = found?.given;
  }
  return { values, origins, given } as Resolution<S>;
}

function find(name: string, setting: Setting, { flags, env, file }: Sources) {
  const { kind } = setting;
  const taken = (value: unknown, origin: string, given: unknown, where = origin) => ({
    value: checked(value, setting, where, given),
    origin,
    given,
  });
  const flag = flags[flagOf(name)];
  if (flag !== undefined) {
    const given = Array.isArray(flag) ? flag.join(",") : flag;
    return taken(typeof given === "string" ? kind.fromText(given) : given, `--${flagOf(name)}`, given);
  }
  for (const origin of namesInEnv(name, setting)) {
    const given = env[origin];
    if (given) return taken(kind.fromText(given), origin, given);
  }
  const set = file?.settings[name];
  if (file !== undefined && set !== undefined) {
    return taken(kind.fromValue(set), file.name, set, `${name} in ${file.name}`);
  }
  const { default: preset } = setting;
  return preset === undefined ? undefined : taken(kind.fromText(preset), BY_DEFAULT, preset);
}

function namesInEnv(name: string, setting: Setting): string[] {
  if (setting.made) return [];
  return [envOf(name), ...(setting.env === undefined ? [] : [setting.env])];
}

function checked(value: unknown, { kind, secret }: Setting, origin: string, given: unknown): unknown {
  if (value !== undefined) return value;
  const got = secret ? "" : `, got ${typeof given === "string" ? `"${given}"` : JSON.stringify(given)}`;
  throw new UsageError(`${origin}: expected ${kind.expects}${got}.`);
}

function checkNames(settings: Settings, file: ConfigFile | undefined): void {
  for (const name of Object.keys(file?.settings ?? {})) {
    // As editors have it in JSON.
    if (name === "$schema" || Object.hasOwn(settings, name)) continue;
    const near = nearest(name, Object.keys(settings));
    throw new UsageError(
      `${file?.name} sets "${name}", and there is no such setting.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    );
  }
}

/** Names in the environment that look like those of settings, and are not, with what was probably meant. */
export function strayNames(settings: Settings, env: NodeJS.ProcessEnv): string[] {
  const known = Object.keys(settings).map(envOf);
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith("SLIPWAY_") || known.includes(name)) return [];
    const near = nearest(name, known);
    return near === undefined ? [] : [`${name} in the environment is no setting. Did you mean ${near}?`];
  });
}
