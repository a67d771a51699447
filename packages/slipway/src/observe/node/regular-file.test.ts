import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isRegularFile } from "./regular-file.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a file is one whether it is there or is to be made, and by path or descriptor", () => {
  const path = join(folder, "there");
  writeFileSync(path, "");
  const descriptor = openSync(path, "a");
  expect(isRegularFile(path)).toBe(true);
  expect(isRegularFile(join(folder, "new"))).toBe(true);
  expect(isRegularFile(descriptor)).toBe(true);
  closeSync(descriptor);
});

test("a device, a folder and what is closed are none", () => {
  expect(isRegularFile("/dev/null")).toBe(false);
  expect(isRegularFile(folder)).toBe(false);
  expect(isRegularFile(9_999)).toBe(false);
});
