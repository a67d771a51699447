import type { Readable } from "node:stream";
import { Lines } from "../protocol/lines.ts";

export interface LineTaker {
  /** Takes a line that is not empty; `undefined` stands for one that was too long. */
  take(line: Uint8Array | undefined): void;
  /** What the next line has to wait for. */
  room(): Promise<void> | undefined;
  /** Nothing more will come. */
  end(): void;
}

/** So many lines are taken before the first answers to them are looked at. */
const BURST = 16;

/**
 * Reads a stream line by line, no faster than there is room for.
 * @param maxBytes the longest line
 * @returns how to stop
 */
export function readLines(input: Readable, maxBytes: number, taker: LineTaker): () => void {
  const lines = new Lines(maxBytes);
  /** Read already, but without room. */
  const held: (Uint8Array | undefined)[] = [];
  let waits = false;
  let ended = false;
  let stopped = false;

  const pump = () => {
    waits = false;
    for (let taken = 0; held.length > 0; taken++) {
      // At the end the rest is small, and whoever sent it may read no more.
      const room = ended ? undefined : taker.room();
      const pause = room ?? (taken === BURST ? nextTurn() : undefined);
      if (pause !== undefined) {
        waits = true;
        input.pause();
        void pause.then(goOn);
        return;
      }
      taker.take(held.shift());
      if (stopped) return;
    }
    if (ended) taker.end();
  };
  const goOn = () => {
    if (stopped) return;
    pump();
    if (!waits) input.resume();
  };
  const hold = (line: Uint8Array | undefined) => {
    if (line === undefined || line.length > 0) held.push(line);
  };
  const onData = (chunk: Uint8Array | string) => {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    for (const line of lines.push(bytes)) hold(line);
    if (!waits) pump();
  };
  const onEnd = () => {
    if (ended || stopped) return;
    ended = true;
    for (const line of lines.rest()) hold(line);
    pump();
  };
  input.on("data", onData);
  input.on("end", onEnd);
  // Input that breaks off ends, too.
  input.on("close", onEnd);
  input.on("error", onEnd);

  return () => {
    stopped = true;
    input.off("data", onData);
    input.pause();
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
