import { createRequire } from "node:module";

/** The version of the package that this is part of. */
export function version(): string {
  return (createRequire(import.meta.url)("slipway/package.json") as { version: string }).version;
}
