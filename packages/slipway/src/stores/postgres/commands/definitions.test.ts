import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { definitions } from "./index.ts";

test("who changes what is made in the database appends a migration, and then this digest", () => {
  const digest = createHash("sha256").update(definitions.join("\n")).digest("hex").slice(0, 16);
  expect({ version: 2, digest }).toEqual({ version: 2, digest: "814acfb259736b73" });
});
