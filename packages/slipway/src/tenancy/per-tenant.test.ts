import { expect, test } from "vitest";
import { perTenant, safeNameOf } from "./index.ts";

const ADA = { subject: "ada", tenant: "one" };
const BOB = { subject: "bob", tenant: "two" };

test("opens what a tenant has once, under a safe name, and gives it to its callers alone", async () => {
  const opened: string[][] = [];
  const databases = perTenant({
    open: (tenant, name) => {
      opened.push([tenant, name]);
      return new Map([["owner", tenant]]);
    },
  });
  expect(await databases.use(ADA, (mine) => mine.get("owner"))).toBe("one");
  expect(await databases.use({ auth: { ...ADA, subject: "eve" } }, (mine) => mine.get("owner"))).toBe("one");
  expect(await databases.use({ auth: BOB }, (mine) => mine.get("owner"))).toBe("two");
  expect(opened).toEqual([
    ["one", await safeNameOf("one")],
    ["two", await safeNameOf("two")],
  ]);
  expect(databases.size).toBe(2);
  await databases.close();
  expect(databases.size).toBe(0);
});

test.each([undefined, { subject: "ada" }, { subject: "ada", tenant: "" }])(
  "refuses a caller without a tenant: %j",
  async (auth) => {
    const databases = perTenant({ open: () => expect.unreachable() });
    await expect(databases.use({ auth }, () => {})).rejects.toMatchObject({
      code: -32600,
      message: "This needs a caller who belongs to a tenant.",
    });
  },
);

test("refuses one more than may be open while all are in use, and takes it in afterwards", async () => {
  const closed: string[] = [];
  const databases = perTenant({
    open: (tenant) => tenant,
    close: (tenant) => void closed.push(tenant),
    max: 1,
  });
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const working = databases.use(ADA, () => ended);
  await expect(databases.use(BOB, () => {})).rejects.toMatchObject({
    code: -32603,
    message: "Too many tenants are served at once: try again later.",
  });
  end();
  await working;
  expect(await databases.use(BOB, (tenant) => tenant)).toBe("two");
  expect(closed).toEqual(["one"]);
});

test("gives a handler's own error to whoever waits for it, and lets go of what it used", async () => {
  const databases = perTenant({ open: (tenant) => tenant, max: 1 });
  const failing = () => {
    throw new Error("no such table");
  };
  await expect(databases.use(ADA, failing)).rejects.toThrow("no such table");
  expect(await databases.use(BOB, (tenant) => tenant)).toBe("two");
});

test.each([{ max: 0 }, { idleMs: 1.5 }, { max: Number.NaN }])("refuses the bounds %j", (bounds) => {
  expect(() => perTenant({ open: () => 1, ...bounds })).toThrow(/expected a positive integer, got/);
});

test.each([
  ["acme", /^acme-[0-9a-f]{16}$/],
  ["../../etc/passwd", /^etc-passwd-[0-9a-f]{16}$/],
  ["Ünï\u0000côde'; DROP", /^n-c-de-drop-[0-9a-f]{16}$/],
  ["..", /^[0-9a-f]{16}$/],
  ["x".repeat(5_000), /^x{32}-[0-9a-f]{16}$/],
])("makes a safe name of %j", async (tenant, name) => {
  expect(await safeNameOf(tenant)).toMatch(name);
});

test("makes names that differ for tenants that differ by capitals alone", async () => {
  const [one, other] = [await safeNameOf("Acme"), await safeNameOf("acme")];
  expect(one.toLowerCase()).not.toBe(other.toLowerCase());
});
