import { EventEmitter } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { Lines } from "./lines.ts";

/** Takes lines, and keeps them. */
class Reader extends EventEmitter {
  readonly chunks: Uint8Array[] = [];
  readonly lines = new Lines(this);

  write(bytes: Uint8Array): void {
    this.chunks.push(bytes);
  }

  flushSync(): void {}

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

afterEach(() => {
  vi.useRealTimers();
});

test("lines are handed on together, whole and in their order", () => {
  const reader = new Reader();
  const { lines, chunks } = reader;
  const all = Array.from({ length: 2_000 }, (_, index) => `${index} ${"é🙂".repeat(index % 20)}\n`);
  for (const line of all) lines.write(line);
  lines.close();
  expect(reader.text).toBe(all.join(""));
  expect(chunks.length).toBeLessThan(10);
  for (const chunk of chunks) expect(chunk.at(-1)).toBe(0x0a);
});

test("what was handed on is not written over", () => {
  const { lines, chunks } = new Reader();
  lines.write("first\n");
  lines.flush();
  lines.write(`${"x".repeat(30_000)}\n`);
  lines.flush();
  lines.write("third\n");
  lines.close();
  expect(chunks.map((chunk) => Buffer.from(chunk).toString().slice(0, 6))).toEqual([
    "first\n",
    "xxxxxx",
    "third\n",
  ]);
});

test("few bytes that wait for a reader do not keep many", () => {
  const { lines, chunks } = new Reader();
  lines.write("short\n");
  lines.close();
  expect(chunks[0]?.buffer.byteLength).toBeLessThan(1024);
});

test("a line may be longer than what is handed on together, and leaves no memory behind", () => {
  const reader = new Reader();
  const { lines, chunks } = reader;
  const long = `${"\u{1F680}".repeat(100_000)}\n`;
  lines.write("before\n");
  lines.write(long);
  lines.write("behind\n");
  lines.close();
  expect(reader.text).toBe(`before\n${long}behind\n`);
  const sizes = chunks.map(({ buffer }) => buffer.byteLength);
  expect(sizes).toEqual(["before\n".length, Buffer.byteLength(long), "behind\n".length]);
});

test("a line that stays alone is handed on soon", () => {
  vi.useFakeTimers();
  const reader = new Reader();
  const { lines } = reader;
  lines.write("alone\n");
  expect(reader.text).toBe("");
  vi.advanceTimersByTime(50);
  expect(reader.text).toBe("alone\n");
  lines.close();
});

test("a line that comes after the end is handed on, too", () => {
  vi.useFakeTimers();
  const reader = new Reader();
  const { lines } = reader;
  lines.write("before\n");
  lines.close();
  lines.write("late\n");
  vi.advanceTimersByTime(50);
  expect(reader.text).toBe("before\nlate\n");
});

test("texts are put as JSON has them", () => {
  for (const value of [
    "",
    "plain",
    'a "quoted" one',
    "back\\slash",
    "line\nbreak",
    "\u007f",
    "é",
    "\ud800",
    "🙂".repeat(9),
  ]) {
    const reader = new Reader();
    const { lines } = reader;
    lines.begin(Lines.sizeOfJson(value));
    lines.json(value);
    lines.close();
    expect(reader.text).toBe(Buffer.from(JSON.stringify(value)).toString());
  }
});

test("numbers have three decimals", () => {
  for (const [value, written] of [
    [0, "0.000"],
    [0.0004, "0.000"],
    [0.0126, "0.013"],
    [9.9994, "9.999"],
    [9.9996, "10.000"],
    [123.456, "123.456"],
    [86_400_000.5, "86400000.500"],
  ] as const) {
    const reader = new Reader();
    const { lines } = reader;
    lines.begin(Lines.sizeOfNumber);
    lines.decimal(value);
    lines.close();
    expect(reader.text).toBe(written);
  }
});

/** So many lines that the memory is handed on which they are in. */
const MANY = 1_000;
const filling = (letter: string): string => letter.repeat(99).concat("\n").repeat(MANY);

function fill(lines: Lines, letter: string): void {
  for (const line of filling(letter).split(/(?<=\n)/)) lines.write(line);
  lines.flush();
}

test("memory is used again once the stream has drained, and not before", () => {
  const reader = new Reader();
  const { lines, chunks } = reader;
  for (const letter of "abcd") fill(lines, letter);
  expect(reader.text).toBe([..."abcd"].map((letter) => filling(letter)).join(""));
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(4);
  const known = new Set(chunks.map(({ buffer }) => buffer));
  reader.emit("drain");
  for (const letter of "efgh") fill(lines, letter);
  expect(chunks.slice(4).filter(({ buffer }) => known.has(buffer))).toHaveLength(2);
  lines.close();
});

test("what could not be written is not written over, even where the stream says that it has drained", () => {
  const reader = new Reader();
  const { lines, chunks } = reader;
  fill(lines, "a");
  reader.emit("error", new Error("no space is left"));
  reader.emit("drain");
  for (const letter of "bcdef") fill(lines, letter);
  expect(Buffer.from(chunks[0] ?? []).toString()).toBe(filling("a"));
  lines.close();
});
