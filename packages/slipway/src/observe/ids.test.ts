import { isValidSpanId, isValidTraceId } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { Ids } from "./ids.ts";

test("ids are those of traces and spans, and all different", () => {
  const ids = new Ids();
  const traces = new Set<string>();
  const spans = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    traces.add(ids.trace());
    spans.add(ids.span());
  }
  expect(traces.size).toBe(10_000);
  expect(spans.size).toBe(10_000);
  expect([...traces].every(isValidTraceId)).toBe(true);
  expect([...spans].every(isValidSpanId)).toBe(true);
});
