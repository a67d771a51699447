import { DatabaseSync, StatementSync } from "node:sqlite";

/** Writes down every statement that this process runs in SQLite, until the returned function is called. */
export function tapStatements(note: (method: string) => void): () => void {
  const undo: (() => void)[] = [];
  const wrap = (prototype: object, name: string) => {
    const method = Reflect.get(prototype, name);
    Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
      note(name);
      return Reflect.apply(method, this, args);
    });
    undo.push(() => Reflect.set(prototype, name, method));
  };
  for (const name of ["run", "get", "all", "iterate"]) wrap(StatementSync.prototype, name);
  wrap(DatabaseSync.prototype, "exec");
  return () => {
    for (const back of undo) back();
  };
}
