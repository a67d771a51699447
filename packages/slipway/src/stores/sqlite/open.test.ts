import { expect, test } from "vitest";
import { loadSqlite } from "./open.ts";

test("a Node without node:sqlite is told which version has it", () => {
  expect(() => loadSqlite(() => undefined)).toThrow(
    /^slipway\/sqlite needs the module node:sqlite, which Node \S+ does not offer\. Use Node 22\.13 or later/,
  );
});
