import fc from "fast-check";
import { expect, test } from "vitest";
import { Lines } from "./lines.ts";

function read(lines: Lines, chunks: readonly Uint8Array[]): (string | undefined)[] {
  const found = chunks.flatMap((chunk) => [...lines.push(chunk)]);
  return [...found, ...lines.rest()].map((line) => line && new TextDecoder().decode(line));
}

/** Cuts bytes after the lengths that are given, and what is left as one. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let rest = bytes;
  for (const length of lengths) {
    chunks.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return [...chunks, rest];
}

test("however a stream is cut, its lines are the same", () => {
  const text = fc.string({ unit: "grapheme" }).filter((line) => !line.includes("\n"));
  const lengths = fc.array(fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.array(text), text, lengths, (texts, last, lengths) => {
      const bytes = new TextEncoder().encode(texts.map((line) => `${line}\n`).join("") + last);
      expect(read(new Lines(1000), cut(bytes, lengths))).toEqual(last === "" ? texts : [...texts, last]);
    }),
  );
});

test("however a stream is cut, lines above the bound are left out and the others are whole", () => {
  const texts = fc.array(fc.nat({ max: 12 }).map((length) => "x".repeat(length)));
  const lengths = fc.array(fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(texts, lengths, (texts, lengths) => {
      const bytes = new TextEncoder().encode(texts.join("\n"));
      const expected = texts.map((line) => (line.length > 8 ? undefined : line));
      if (texts.at(-1) === "") expected.pop();
      expect(read(new Lines(8), cut(bytes, lengths))).toEqual(expected);
    }),
  );
});
