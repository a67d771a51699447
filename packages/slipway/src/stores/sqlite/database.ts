export type Value = string | number | null;

/** What the commands need of an SQLite database, whoever runs it. Everything is synchronous. */
export interface Database {
  /** The number of the schema's last migration; 0 in a new database. */
  version: number;
  /** The first row. */
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
  /** Answers with the number of rows that it changed. */
  run(sql: string, ...values: Value[]): number;
  /** Several statements without values. */
  script(sql: string): void;
  /**
   * Does the work in one step for all who use the database: whole, or, when it throws, not at all. One within another is
   * part of that.
   */
  transaction<T>(work: () => T): T;
}
