import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { RpcError } from "../protocol/errors.ts";
import { fromBase64Url, toBase64Url } from "./base64.ts";
import { refused, Sealer } from "./seal.ts";

const secret = (name: string) => `${name} secret, of thirty-two characters`;
const sealer = new Sealer({ secrets: [secret("one")] });
const value = { entries: [{ name: "a", value: "ä 漢字 \u{1f6a2} \0 \u2028" }], emitted: 0 };

async function expectRefused(opening: Promise<unknown>): Promise<void> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toEqual(refused());
}

describe("a seal", () => {
  it("gives back what was sealed, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ unit: "binary" }), async (json, binding) => {
        const plain = JSON.parse(JSON.stringify(json));
        expect(await sealer.open(await sealer.seal(plain, binding), binding)).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });

  it("hides what it holds, and is another each time", async () => {
    const seals = await Promise.all([1, 2, 3].map(() => sealer.seal({ text: "visible" }, "b")));
    expect(new Set(seals).size).toBe(3);
    for (const text of seals)
      expect(atob(text.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("visible");
  });

  it("does not open when any of its bytes is changed", async () => {
    const bytes = fromBase64Url(await sealer.seal(value, "b")) as Uint8Array;
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] = (changed[i] as number) ^ (1 << (i % 8));
      await expectRefused(sealer.open(toBase64Url(changed), "b"));
    }
  });

  it("does not open when any of its characters is changed", async () => {
    const text = await sealer.seal(value, "b");
    for (let i = 0; i < text.length; i++) {
      for (const other of ["A", "_", "+", "=", " ", "é"]) {
        if (text[i] === other) continue;
        await expectRefused(sealer.open(text.slice(0, i) + other + text.slice(i + 1), "b"));
      }
    }
  });

  it("has but one text: other last bits that mean the same bytes do not open", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const padding of ["", "x", "xx"]) {
      const text = await sealer.seal(padding, "b");
      for (const last of alphabet.replace(text.at(-1) as string, "")) {
        await expectRefused(sealer.open(text.slice(0, -1) + last, "b"));
      }
    }
  });

  it("does not open when it is shorter or longer", async () => {
    const text = await sealer.seal(value, "b");
    for (let length = 0; length < text.length; length++)
      await expectRefused(sealer.open(text.slice(0, length), "b"));
    for (const more of ["A", "AA", "AAAA", "=", "\n", text])
      await expectRefused(sealer.open(text + more, "b"));
  });

  it("does not open for anything else than it was bound to", async () => {
    const text = await sealer.seal(value, "bound");
    for (const other of ["", "Bound", "bound ", "bound\0", "boun"])
      await expectRefused(sealer.open(text, other));
    expect(await sealer.open(text, "bound")).toEqual(value);
  });

  it("does not open by the clock of another key's seal: the ends of two do not mix", async () => {
    const [a, b] = await Promise.all([sealer.seal(value, "b"), sealer.seal({ ...value, emitted: 1 }, "b")]);
    const half = Math.floor(a.length / 2);
    await expectRefused(sealer.open(a.slice(0, half) + b.slice(half), "b"));
  });

  it("expires", async () => {
    const brief = new Sealer({ secrets: [secret("one")], ttlMs: 1_000 });
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const text = await brief.seal(value, "b");
      vi.setSystemTime(Date.now() + 999);
      expect(await brief.open(text, "b")).toEqual(value);
      vi.setSystemTime(Date.now() + 1);
      await expectRefused(brief.open(text, "b"));
      // The time is in the seal, and not that of the opener.
      await expectRefused(sealer.open(text, "b"));
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the ring of secrets", () => {
  it("opens with each, and seals with the first", async () => {
    const older = new Sealer({ secrets: [secret("older")] });
    const newer = new Sealer({ secrets: [secret("newer"), secret("older")] });
    const newest = new Sealer({ secrets: [secret("newest"), secret("newer")] });
    const [old, current] = await Promise.all([older.seal(1, "b"), newer.seal(2, "b")]);
    expect(await newer.open(old, "b")).toBe(1);
    expect(await newest.open(current, "b")).toBe(2);
    await expectRefused(newest.open(old, "b"));
    await expectRefused(older.open(current, "b"));
  });

  it("takes secrets of any script, and tells apart those that differ in one character", async () => {
    const one = new Sealer({ secrets: ["秘密の鍵".repeat(8)] });
    const other = new Sealer({ secrets: [`${"秘密の鍵".repeat(8).slice(0, -1)}键`] });
    const text = await one.seal(value, "b");
    expect(await one.open(text, "b")).toEqual(value);
    await expectRefused(other.open(text, "b"));
  });

  it("is what it was when the sealer was made", async () => {
    const secrets = [secret("first")];
    const kept = new Sealer({ secrets });
    secrets[0] = "short";
    expect(await kept.open(await kept.seal(1, "b"), "b")).toBe(1);
  });

  it("is drawn by lot where none is given, one for the process", async () => {
    expect(await new Sealer().open(await new Sealer().seal(1, "b"), "b")).toBe(1);
    await expectRefused(new Sealer().open(await sealer.seal(1, "b"), "b"));
  });

  it.each([
    [[], /^secrets: expected at least one secret, got none\.$/],
    [["x".repeat(31)], /at least 32 characters each, got one of 31\. Make one with/],
    [[secret("fine"), ""], /at least 32 characters each, got one of 0\./],
  ])("refuses %j, in words that do not repeat it", (secrets, words) => {
    expect(() => new Sealer({ secrets })).toThrow(words);
    expect(() => new Sealer({ secrets })).not.toThrow(/xxx/);
  });

  it("is derived once, and kept by those that use it also where there are more lists than are kept for all", async () => {
    const derive = vi.spyOn(createRequire(import.meta.url)("node:crypto"), "hkdfSync");
    const many = Array.from({ length: 100 }, (_, i) => new Sealer({ secrets: [secret(`list ${i}`)] }));
    for (const each of many) await each.seal(1, "b");
    // A key and its id for each.
    expect(derive).toHaveBeenCalledTimes(200);
    for (const each of many) expect(await each.open(await each.seal(2, "b"), "b")).toBe(2);
    const last = new Sealer({ secrets: [secret("list 99")] });
    expect(await last.open(await (many[99] as Sealer).seal(3, "b"), "b")).toBe(3);
    expect(derive).toHaveBeenCalledTimes(200);
    derive.mockRestore();
  });
});
