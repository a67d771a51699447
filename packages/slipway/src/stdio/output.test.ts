import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Output } from "./output.ts";

/** A pipe whose reader takes what was written only when told to. */
function pipe(maxBufferedBytes: number) {
  const taken: string[] = [];
  let take: (() => void) | undefined;
  const stream = new Writable({
    highWaterMark: 4,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      take = () => {
        taken.push(chunk.trimEnd());
        done();
      };
    },
  });
  const output = new Output(stream, (text) => stream.write(text), maxBufferedBytes);
  const read = async () => {
    while (take !== undefined) {
      const one = take;
      take = undefined;
      one();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return taken;
  };
  return { stream, output, read };
}

test("a message to a client that reads is sent without waiting", async () => {
  const { output, read } = pipe(100);
  expect(output.send("a", "keep")).toBeUndefined();
  expect(await read()).toEqual(["a"]);
});

test("a message to a slow client is waited for by its sender", async () => {
  const { output, read } = pipe(100);
  const sent = output.send("abcdef", "drop");
  expect(sent).toBeInstanceOf(Promise);
  expect(await read()).toEqual(["abcdef"]);
  await sent;
});

test("above the bound what must arrive is kept, equal ones are merged, and the rest is left out", async () => {
  const { output, read } = pipe(10);
  void output.send("0123456789", "keep");
  expect(output.full).toBe(true);
  void output.send("progress", "drop");
  void output.send("change", "merge");
  void output.send("other change", "merge");
  void output.send("change", "merge");
  void output.send("answer", "keep");
  expect(await read()).toEqual(["0123456789", "answer", "change", "other change"]);
  expect(output.full).toBe(false);
});

test("below the bound nothing is merged or left out", async () => {
  const { output, read } = pipe(100);
  void output.send("0123456789", "keep");
  for (const overflow of ["merge", "merge", "drop"] as const) void output.send("same", overflow);
  expect(await read()).toEqual(["0123456789", "same", "same", "same"]);
});

test("a change never overtakes one that waits", async () => {
  const { output, read } = pipe(10);
  void output.send("0123456789", "keep");
  void output.send("first", "merge");
  void output.send("second", "merge");
  expect(await read()).toEqual(["0123456789", "first", "second"]);
});

test("it has drained when all that waited was read", async () => {
  const { output, read } = pipe(10);
  void output.send("0123456789", "keep");
  void output.send("change", "merge");
  let drained = false;
  const waits = output.drained().then(() => {
    drained = true;
  });
  await Promise.resolve();
  expect(drained).toBe(false);
  await read();
  await waits;
  expect(drained).toBe(true);
});

test("a client that goes away is told nothing more, and nobody waits for it", async () => {
  const { stream, output } = pipe(10);
  const sent = output.send("0123456789", "keep");
  void output.send("change", "merge");
  stream.destroy(new Error("EPIPE"));
  await output.lost;
  await sent;
  await output.drained();
  expect(output.full).toBe(false);
  expect(output.send("more", "keep")).toBeUndefined();
});
