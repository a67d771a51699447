import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CipherSuite, nodeCiphers, webCiphers } from "./cipher.ts";

const secret = "a secret of at least thirty-two characters";
const suites: [string, CipherSuite][] = [
  ["node:crypto", nodeCiphers as CipherSuite],
  ["WebCrypto", webCiphers],
];

const cipherOf = async (suite: CipherSuite) => suite.cipher(await suite.derive(secret, "key", 32));
const ivs = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((array) => new Uint8Array(array));
const texts = fc.string({ unit: "binary", maxLength: 300 });

describe.each(suites)("what %s sealed", (_sealing, sealing) => {
  it.each(suites)("%s opens", async (_opening, opening) => {
    const [one, other] = await Promise.all([cipherOf(sealing), cipherOf(opening)]);
    await fc.assert(
      fc.asyncProperty(ivs, texts, texts, async (iv, plain, bound) => {
        const sealed = await one.encrypt(iv, plain, bound);
        expect(sealed.length).toBe(new TextEncoder().encode(plain).length + 16);
        expect(await other.decrypt(iv, sealed, bound)).toBe(plain);
      }),
      { numRuns: 50 },
    );
  });

  it.each(suites)(
    "%s does not open once it was changed, cut, or is bound to something else",
    async (_o, opening) => {
      const [one, other] = await Promise.all([cipherOf(sealing), cipherOf(opening)]);
      const iv = new Uint8Array(12);
      const sealed = await one.encrypt(iv, "plain", "bound");
      const changed = sealed.slice();
      changed[0] = (changed[0] as number) ^ 1;
      const open = async (text: Uint8Array<ArrayBuffer>, to = "bound") => other.decrypt(iv, text, to);
      await expect(open(changed)).rejects.toThrow();
      await expect(open(sealed, "Bound")).rejects.toThrow();
      for (let length = 0; length < sealed.length; length++)
        await expect(open(sealed.slice(0, length))).rejects.toThrow();
      expect(await open(sealed)).toBe("plain");
    },
  );
});

it("both derive the same bytes from a secret, and others for another use", async () => {
  const [one, other] = await Promise.all(suites.map(([, suite]) => suite.derive(secret, "key", 32)));
  expect(one).toEqual(other);
  for (const [, suite] of suites) expect(await suite.derive(secret, "id", 32)).not.toEqual(one);
});
