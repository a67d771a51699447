/**
 * One atomic operation, in one round trip. `schema.` stands for the schema that the store is kept in.
 *
 * A function in the database takes the lock first and reads afterwards, each statement with a view of its own, so that
 * it never decides on what was true before it got the lock.
 */
export interface Command {
  readonly name: string;
  /** What is made in the database when it is brought to a version. */
  readonly define?: string;
  readonly call: string;
}
