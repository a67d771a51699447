import { pino } from "pino";
import { expect, test } from "vitest";
import { Lines } from "../node/lines.ts";
import { PLACE, templateOf } from "./template.ts";

const HOSTILE = [
  "",
  'a","b":1',
  `","${PLACE}":0`,
  '{"time":1',
  "\\",
  "line\nbreak",
  "\u2028\u0000é🙂",
  "$& $1",
];

/** What pino writes of this. */
function written(common: object, fields: object, text: string): string {
  let line = "";
  const logger = pino({}, { write: (one) => (line = one) });
  logger.child(common).info(fields, text);
  return line;
}

type Made = (atMs: number, id: string, durationMs: number, others?: Record<string, unknown>) => string;

function lineOf(common: object, text: string): Made {
  const write = templateOf(written(common, { [PLACE]: 0 }, text));
  if (write === undefined) throw new Error("The sample was not taken apart.");
  return (atMs, id, durationMs, others) => {
    let line = "";
    const lines = new Lines({
      write: (bytes: Uint8Array) => (line += Buffer.from(bytes)),
      flushSync() {},
      on() {},
    });
    write(lines, atMs, id, durationMs, others);
    lines.close();
    return line;
  };
}

test("a line is the one that the logger would have written", () => {
  for (const one of HOSTILE) {
    const common = { tool: one, outcome: "complete" };
    for (const other of HOSTILE) {
      const others = { subject: other, count: 7, [PLACE]: other };
      const id = `${other}some-id`;
      const line = lineOf(common, one)(0, id, 1.25, others);
      const expected = written(common, { id, ms: 1.25, ...others }, one);
      expect(line.endsWith("}\n")).toBe(true);
      expect(line.split("\n")).toHaveLength(2);
      expect(Object.entries(timeless(line))).toEqual(Object.entries(timeless(expected)));
    }
  }
});

function timeless(line: string): object {
  return { ...(JSON.parse(line) as object), time: 0 };
}

test("its time and its duration are in milliseconds", () => {
  const make = lineOf({}, "done");
  for (const atMs of [1_795_272_682_640, 1_795_272_682_641, 0, 1_795_272_682_641]) {
    expect(JSON.parse(make(atMs, "x", 0))).toMatchObject({ time: atMs });
  }
  for (const [durationMs, ms] of [
    [0, 0],
    [0.0004, 0],
    [0.0006, 0.001],
    [0.9996, 1],
    [12.3456, 12.346],
    [100, 100],
    [3_600_000.5, 3_600_000.5],
  ] as const) {
    expect(JSON.parse(make(0, "x", durationMs))).toMatchObject({ ms });
  }
});

test("what is no such sample is not taken apart", () => {
  for (const sample of [
    "",
    "\n",
    '{"level":30,"msg":"no time"}\n',
    '{"level":30,"time":1,"msg":"no place"}\n',
  ]) {
    expect(templateOf(sample)).toBeUndefined();
  }
  const labelled = '{"level":"info","time":"2026-01-01T00:00:00Z","slipway.fields":0,"msg":"no number"}\n';
  expect(templateOf(labelled)).toBeUndefined();
});
