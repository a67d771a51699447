export interface Expiring {
  /** In milliseconds. */
  expiresAt: number;
  /** Where it is in its heap. */
  place: number;
}

/** A binary heap: the first to expire is at hand, and any member is moved or removed in logarithmic time. */
export class ExpiryHeap<T extends Expiring> {
  readonly #members: T[] = [];

  get first(): T | undefined {
    return this.#members[0];
  }

  add(member: T): void {
    member.place = this.#members.push(member) - 1;
    this.#rise(member);
  }

  /** Lets a member expire at another time. */
  move(member: T, expiresAt: number): void {
    member.expiresAt = expiresAt;
    this.#rise(member);
    this.#sink(member);
  }

  remove(member: T): void {
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#put(last, member.place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(member: T): void {
    for (;;) {
      const parent = this.#members[(member.place - 1) >> 1];
      if (parent === undefined || parent.expiresAt <= member.expiresAt) return;
      this.#swap(member, parent);
    }
  }

  #sink(member: T): void {
    for (;;) {
      const left = this.#members[2 * member.place + 1];
      const right = this.#members[2 * member.place + 2];
      const child =
        right !== undefined && left !== undefined && right.expiresAt < left.expiresAt ? right : left;
      if (child === undefined || child.expiresAt >= member.expiresAt) return;
      this.#swap(child, member);
    }
  }

  #swap(one: T, other: T): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(member: T, place: number): void {
    this.#members[place] = member;
    member.place = place;
  }
}
