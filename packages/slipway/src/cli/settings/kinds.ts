import { durationMs } from "../duration.ts";

/** What values a setting takes, and how they are read. `undefined` where something is none. */
export interface Kind<T> {
  /** Completes "expected …". */
  readonly expects: string;
  /** Of a flag without a value. */
  readonly isFlag?: boolean;
  /** Of a flag that may be given several times. */
  readonly isList?: boolean;
  /** Reads what a flag or the environment has. */
  fromText(text: string): T | undefined;
  /** Reads what a file has. */
  fromValue(value: unknown): T | undefined;
}

export const text: Kind<string> = {
  expects: "a text that is not empty",
  fromText: (given) => given || undefined,
  fromValue: (value) => (typeof value === "string" && value !== "" ? value : undefined),
};

export const flag: Kind<boolean> = {
  expects: "true or false",
  isFlag: true,
  fromText: (given) =>
    new Map([
      ["true", true],
      ["1", true],
      ["false", false],
      ["0", false],
    ]).get(given),
  fromValue: (value) => (typeof value === "boolean" ? value : undefined),
};

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const checked = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : undefined;
  return {
    expects:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${min} on`
        : `a whole number from ${min} to ${max}`,
    fromText: (given) => (/^\d+$/.test(given) ? checked(Number(given)) : undefined),
    fromValue: checked,
  };
}

/** Written with a unit, since a bare number would leave it to guess; read as milliseconds. */
export const duration: Kind<number> = {
  expects: "a duration such as 500ms, 10s or 5m",
  fromText: durationMs,
  fromValue: (value) => (typeof value === "string" ? durationMs(value) : undefined),
};

/** Several texts: the flag several times, or with commas in between. */
export const list: Kind<readonly string[]> = {
  expects: "one text or several",
  isList: true,
  fromText: (given) =>
    given
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
  fromValue: (value) => {
    const all = [value].flat();
    return all.every((one) => typeof one === "string" && one !== "") ? (all as string[]) : undefined;
  },
};

export function oneOf<const T extends string>(...names: readonly T[]): Kind<T> {
  const find = (value: unknown) => names.find((name) => name === value);
  const expects =
    names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return { expects, fromText: find, fromValue: find };
}

/** One kind or another, as the first of them reads it. */
export function either<A, B>(first: Kind<A>, second: Kind<B>): Kind<A | B> {
  return {
    expects: first.expects.includes(" or ")
      ? `${first.expects}; or ${second.expects}`
      : `${first.expects}, or ${second.expects}`,
    fromText: (given) => first.fromText(given) ?? second.fromText(given),
    fromValue: (value) => first.fromValue(value) ?? second.fromValue(value),
  };
}

/** An object that a configuration in JavaScript or TypeScript has made. */
export function made<T extends object>(what: string, method: string): Kind<T> {
  return {
    expects: what,
    fromText: () => undefined,
    fromValue: (value) =>
      typeof (value as { [name: string]: unknown } | null)?.[method] === "function"
        ? (value as T)
        : undefined,
  };
}

/** Options that a configuration in JavaScript or TypeScript has put together. */
export function options<T extends object>(what: string): Kind<T> {
  return {
    expects: what,
    fromText: () => undefined,
    fromValue: (value) => (value !== null && typeof value === "object" ? (value as T) : undefined),
  };
}
