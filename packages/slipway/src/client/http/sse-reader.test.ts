import { describe, expect, it } from "vitest";
import { SseReader } from "./sse-reader.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The same stream, in pieces of every size. */
function read(text: string, size: number) {
  const reader = new SseReader(1000);
  const all = bytes(text);
  const events = [];
  for (let at = 0; at < all.length; at += size) events.push(...reader.push(all.subarray(at, at + size)));
  return { events, reader };
}

describe("SseReader", () => {
  const stream = [
    "\uFEFFid: 1\nretry: 250\ndata: \n\n",
    ": a comment\n\n",
    'data: {"a":1}\n\n',
    "event: endpoint\r\nid: 2\r\ndata: /messages\r\n\r\n",
    "data:first\rdata: second ünd\r\r",
    "retry: soon\nid: 3\ndata: not whole",
  ].join("");

  it.each([1, 2, 3, 7, 1000])("reads what comes in pieces of %i bytes", (size) => {
    const { events, reader } = read(stream, size);
    expect(events).toEqual([
      { event: "message", data: '{"a":1}' },
      { event: "endpoint", data: "/messages" },
      { event: "message", data: "first\nsecond ünd" },
    ]);
    expect(reader.retryMs).toBe(250);
    // The event with the id 3 never came whole.
    expect(reader.lastEventId).toBe("2");
  });

  it("keeps the id that a stream before it ended with, until an event has another", () => {
    const reader = new SseReader(1000, "7");
    reader.push(bytes("data: x\n\n"));
    expect(reader.lastEventId).toBe("7");
    reader.push(bytes("id: 8\ndata:\n\n"));
    expect(reader.lastEventId).toBe("8");
  });

  it.each(["one line", "many lines"])("refuses an event that is too long, in %s", (how) => {
    const reader = new SseReader(1000);
    const piece = bytes(how === "one line" ? "x".repeat(600) : `data: ${"x".repeat(600)}\n`);
    reader.push(bytes("data: "));
    expect(() => [reader.push(piece), reader.push(piece)]).toThrow(RangeError);
  });
});
