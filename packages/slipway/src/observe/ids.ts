/** Two hexadecimal digits for each byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Ids in the form of those of traces and spans, for what nobody but the reader of a log looks for: as unique as random ones,
 * guessable, and several times cheaper.
 */
export class Ids {
  #trace = "";
  #span = "";
  #count = BYTES.length;

  #next(): string {
    if (this.#count === BYTES.length) {
      this.#count = 0;
      const random = crypto.randomUUID().replaceAll("-", "");
      // Never all zeros, which would be no id.
      this.#trace = `1${random.slice(1, 30)}`;
      this.#span = `1${random.slice(1, 14)}`;
    }
    return BYTES[this.#count++] as string;
  }

  trace(): string {
    const last = this.#next();
    return this.#trace + last;
  }

  span(): string {
    const last = this.#next();
    return this.#span + last;
  }
}
