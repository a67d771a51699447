export type Jose = typeof import("jose");

let loaded: Promise<Jose> | undefined;

/**
 * The package `jose`, loaded when it is first needed: only JWTs need it.
 * @throws Error when it is not installed
 */
export function jose(): Promise<Jose> {
  loaded ??= import("jose").catch((cause: unknown) => {
    loaded = undefined;
    throw new Error("JWTs are checked by the package jose: npm install jose", { cause });
  });
  return loaded;
}
