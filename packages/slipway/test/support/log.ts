/** Items that come one by one, and can be waited for. */
export class Log<T> {
  readonly items: T[] = [];
  #ended = false;
  #waiting: (() => void)[] = [];

  push(item: T): void {
    if (this.#ended) return;
    this.items.push(item);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The item at `index` once it is there; `undefined` when the log ends before. */
  async at(index: number): Promise<T | undefined> {
    while (this.items.length <= index && !this.#ended) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.items[index];
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
