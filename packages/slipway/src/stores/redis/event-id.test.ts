import { expect, test } from "vitest";
import { formatEventId, parseEventId } from "./event-id.ts";

test.each(["stream", "", "a_1", "a_", "_", "a-1", "1-0"])(
  "the id of an event names the stream %j",
  (streamId) => {
    const eventId = formatEventId(streamId, "1763683200000-12");
    expect(parseEventId(eventId)).toEqual({ streamId, entryId: "1763683200000-12" });
  },
);

test.each([
  "",
  "_",
  "stream",
  "stream_",
  "stream_1",
  "stream_1-",
  "stream_-1",
  "stream_01-0",
  "stream_1-00",
  "stream_1-0 ",
  "stream_1-0\n",
  "stream_+-0",
  "stream_1-*",
  `stream_${"9".repeat(19)}-0`,
])("%j names no event", (text) => {
  expect(parseEventId(text)).toBe(undefined);
});
