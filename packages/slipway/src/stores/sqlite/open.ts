import process from "node:process";
import type * as Sqlite from "node:sqlite";

/** `node:sqlite`, loaded when it is needed, since not every Node has it. */
export function loadSqlite(
  load: (name: string) => object | undefined = (name) => process.getBuiltinModule(name),
): typeof Sqlite {
  const found = load("node:sqlite");
  if (found === undefined) {
    throw new Error(
      `slipway/sqlite needs the module node:sqlite, which Node ${process.versions.node} does not offer. Use Node ` +
        "22.13 or later (22.5 or later with --experimental-sqlite), or another store.",
    );
  }
  return found as typeof Sqlite;
}
