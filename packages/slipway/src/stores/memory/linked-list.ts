export interface Linked<T> {
  older: T | undefined;
  newer: T | undefined;
}

/**
 * A list that is linked through its own members, so that moving and removing one costs the same however
 * many there are. (The front of a Map is no substitute: finding it walks over whatever was deleted before it.)
 */
export class LinkedList<T extends Linked<T>> {
  oldest: T | undefined = undefined;
  newest: T | undefined = undefined;

  /** Adds an unlinked member after `place`; as the oldest where there is no `place`. */
  insertAfter(place: T | undefined, member: T): void {
    const next = place === undefined ? this.oldest : place.newer;
    member.older = place;
    member.newer = next;
    if (place === undefined) this.oldest = member;
    else place.newer = member;
    if (next === undefined) this.newest = member;
    else next.older = member;
  }

  /** Adds an unlinked member as the newest. */
  append(member: T): void {
    this.insertAfter(this.newest, member);
  }

  /** Makes a member the newest. */
  renew(member: T): void {
    if (member === this.newest) return;
    this.remove(member);
    this.append(member);
  }

  /** Takes a member out. */
  remove(member: T): void {
    const { older, newer } = member;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    member.older = undefined;
    member.newer = undefined;
  }
}
