import * as api from "@opentelemetry/api";
import { expect, test } from "vitest";
import { Ids } from "../ids.ts";
import { ConnectionContext, spanKeyOf, Unsampled } from "./unsampled.ts";

const [NAME, OTHER] = [api.createContextKey("name"), api.createContextKey("other")];
const parent = api.ROOT_CONTEXT.setValue(NAME, "ada");
const tools = { api, ids: new Ids(), spanKey: spanKeyOf(api) };

test("a call has ids of its own, always the same, and is not recorded", () => {
  const [one, other] = [new Unsampled(tools, parent, undefined), new Unsampled(tools, parent, undefined)];
  const spanContext = one.spanContext();
  expect(api.isSpanContextValid(spanContext)).toBe(true);
  expect(spanContext.traceFlags).toBe(api.TraceFlags.NONE);
  expect(one.spanContext()).toBe(spanContext);
  expect(other.spanContext().traceId).not.toBe(spanContext.traceId);
  expect(one.isRecording()).toBe(false);
});

test("a call belongs to the trace that it is called in", () => {
  const traceState = api.createTraceState("vendor=1");
  const caller = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 0, traceState };
  const called = new Unsampled(tools, api.trace.setSpanContext(parent, caller), caller).spanContext();
  expect(called).toEqual({ ...caller, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(called.spanId).not.toBe(caller.spanId);
});

test("a context has the span, and what its parent has", () => {
  const context = new Unsampled(tools, parent, undefined);
  expect(api.trace.getSpan(context)).toBe(context);
  expect(api.trace.getSpanContext(context)).toBe(context.spanContext());
  expect(context.getValue(NAME)).toBe("ada");
  expect(context.getValue(OTHER)).toBeUndefined();
  expect(api.trace.getSpan(parent)).toBeUndefined();
});

test("what is made of it has the span too, unless that is what is taken out", () => {
  const context = new Unsampled(tools, parent, undefined);
  const more = context.setValue(OTHER, 1);
  expect([api.trace.getSpan(more), more.getValue(NAME), more.getValue(OTHER)]).toEqual([context, "ada", 1]);
  const less = context.deleteValue(NAME);
  expect([api.trace.getSpan(less), less.getValue(NAME)]).toEqual([context, undefined]);
  const bare = api.trace.deleteSpan(context);
  expect([api.trace.getSpan(bare), bare.getValue(NAME)]).toEqual([undefined, "ada"]);
  const second = api.trace.wrapSpanContext({ ...context.spanContext(), spanId: "c".repeat(16) });
  expect(api.trace.getSpan(api.trace.setSpan(context, second))).toBe(second);
  expect(context.getValue(OTHER)).toBeUndefined();
});

test("a connection has the span of the last call on it, and what it was made in", () => {
  const connection = new ConnectionContext(tools, parent);
  expect(api.trace.getSpan(connection)).toBeUndefined();
  expect(connection.getValue(NAME)).toBe("ada");
  expect(connection.setValue(OTHER, 1).getValue(OTHER)).toBe(1);
  const [first, second, third] = [1, 2, 3].map(() => new Unsampled(tools, parent, undefined)) as [
    Unsampled,
    Unsampled,
    Unsampled,
  ];
  expect(connection.take(first)).toBe(true);
  expect(api.trace.getSpan(connection)).toBe(first);
  expect(connection.take(second)).toBe(false);
  expect(api.trace.getSpan(connection)).toBe(first);
  connection.release();
  expect(api.trace.getSpan(connection)).toBe(first);
  expect(connection.take(third)).toBe(true);
  expect(api.trace.getSpan(connection)).toBe(third);
  const made = connection.setValue(OTHER, 1);
  expect([api.trace.getSpan(made), made.getValue(NAME), made.getValue(OTHER)]).toEqual([third, "ada", 1]);
  expect(api.trace.getSpan(api.trace.deleteSpan(connection))).toBeUndefined();
});
