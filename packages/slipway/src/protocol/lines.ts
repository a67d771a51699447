/** Cuts a byte stream into lines, without copying what it has looked at before. */
export class Lines {
  readonly #max: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #skipping = false;

  /** @param max the longest line, in bytes */
  constructor(max: number) {
    this.#max = max;
  }

  /** The lines that a chunk completes; `undefined` stands for one that was too long. */
  *push(chunk: Uint8Array): Generator<Uint8Array | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#add(chunk.subarray(start, end));
      start = end + 1;
      yield this.#take();
    }
    this.#add(chunk.subarray(start));
  }

  /** What is left when the stream ends without a line break. */
  *rest(): Generator<Uint8Array | undefined> {
    if (this.#length > 0) yield this.#take();
  }

  #add(part: Uint8Array): void {
    if (this.#skipping || part.length === 0) return;
    this.#length += part.length;
    if (this.#length > this.#max) {
      this.#skipping = true;
      this.#parts = [];
    } else this.#parts.push(part);
  }

  #take(): Uint8Array | undefined {
    const line = this.#skipping ? undefined : join(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
    return line;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
