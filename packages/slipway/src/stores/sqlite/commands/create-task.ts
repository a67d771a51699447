import type { Task, TaskRequest } from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import { idInUse } from "../../sql/errors.ts";
import { whole } from "../../sql/options.ts";
import { idText } from "../../sql/text.ts";
import type { Database } from "../database.ts";
import { getTask } from "./get-task.ts";

export function createTask(db: Database, id: string, request: TaskRequest, owner: string, now: number): Task {
  const { principal, tenant, ttlMs } = request;
  const call = jsonText(request.call, "a task's call");
  return db.transaction(() => {
    db.run("DELETE FROM tasks WHERE id = ? AND expires_at <= ?", id, now);
    const made = db.run(
      `INSERT INTO tasks (id, principal, tenant, call, ttl_ms, owner, created_at, updated_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      id,
      idText(principal),
      tenant === undefined ? null : idText(tenant),
      call,
      ttlMs,
      owner,
      now,
      now,
      now + whole(ttlMs),
    );
    const task = made === 1 ? getTask(db, id, now) : undefined;
    if (task === undefined) throw idInUse("task");
    return task;
  });
}
