/** Counts from here on have eight digits, as their number is. */
const FIRST = 0x1000_0000;
const LAST = 0xffff_ffff;

/** Ids for what is not recorded: as unique as others, and cheaper. */
export class Ids {
  #prefix = "";
  #count = LAST;

  #next(): string {
    if (this.#count === LAST) {
      // Never all zeros, which would be no id.
      this.#prefix = `1${crypto.randomUUID().replaceAll("-", "").slice(1, 24)}`;
      this.#count = FIRST;
    }
    return (this.#count++).toString(16);
  }

  trace(): string {
    const count = this.#next();
    return this.#prefix + count;
  }

  span(): string {
    const count = this.#next();
    return this.#prefix.slice(0, 8) + count;
  }
}
