// JSON over a WebSocket, whose messages may be no longer than the runtime takes.

const LONGEST = 200_000;

/** The frames of a message, in their order. */
export function framesOf(message: unknown): string[] {
  const text = JSON.stringify(message);
  const frames: string[] = [];
  for (let at = 0; at < text.length; at += LONGEST) {
    const last = at + LONGEST >= text.length;
    // Escaped, as the halves of a pair of surrogates would be lost.
    frames.push(`${last ? "." : "+"}${JSON.stringify(text.slice(at, at + LONGEST))}`);
  }
  return frames;
}

/** Puts frames together again. */
export function frameReader(take: (message: never) => void): (frame: string) => void {
  let text = "";
  return (frame) => {
    text += JSON.parse(frame.slice(1));
    if (frame[0] === "+") return;
    const whole = text;
    text = "";
    take(JSON.parse(whole) as never);
  };
}
