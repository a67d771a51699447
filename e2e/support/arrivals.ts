/** What has arrived at a client, to be waited for. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #wake: (() => void)[] = [];

  add(item: T): void {
    this.all.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Begins anew. */
  forget(): void {
    this.all.length = 0;
  }

  /** The first item that fits, whether it has arrived or is yet to come. */
  async first(fits: (item: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
  }

  /** Waits until there are so many. */
  async count(least: number): Promise<void> {
    while (this.all.length < least) await new Promise<void>((wake) => this.#wake.push(wake));
  }
}
