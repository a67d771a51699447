import type { Database } from "./database.ts";

/** What brings a database from each version to the next. Only ever appended to: those in use have gone through them. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE sessions (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    meta TEXT NOT NULL,
    log_level TEXT,
    subscriptions TEXT,
    value_version INTEGER NOT NULL DEFAULT 0,
    value_bytes INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);

  CREATE TABLE streams (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    stream_id TEXT NOT NULL,
    first INTEGER NOT NULL DEFAULT 1,
    last INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER,
    UNIQUE (session_key, stream_id)
  ) STRICT;
  CREATE INDEX streams_by_closing ON streams (closed_at) WHERE closed_at IS NOT NULL;

  CREATE TABLE events (
    stream_key INTEGER NOT NULL REFERENCES streams ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (stream_key, sequence)
  ) STRICT;

  CREATE TABLE session_values (
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (session_key, name)
  ) STRICT;

  CREATE TABLE calls (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    stream_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    request TEXT NOT NULL,
    journal TEXT,
    answered_at INTEGER,
    UNIQUE (session_key, stream_id)
  ) STRICT;
  CREATE INDEX calls_by_answer ON calls (answered_at) WHERE answered_at IS NOT NULL;

  CREATE TABLE call_questions (
    call_key INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
    question TEXT NOT NULL,
    response TEXT,
    taken_at INTEGER,
    PRIMARY KEY (call_key, question)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX call_questions_by_question ON call_questions (question);

  CREATE TABLE pending (
    key TEXT PRIMARY KEY,
    instance TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    outcome TEXT
  ) STRICT;
  CREATE INDEX pending_by_instance ON pending (instance);
  CREATE INDEX pending_by_expiry ON pending (expires_at);

  CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL,
    published_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE instances (
    id TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tasks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL,
    tenant TEXT,
    call TEXT NOT NULL,
    ttl_ms REAL NOT NULL,
    status TEXT NOT NULL DEFAULT 'working',
    status_message TEXT,
    owner TEXT,
    journal TEXT,
    ending TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tasks_by_expiry ON tasks (expires_at);
  CREATE INDEX tasks_at_work ON tasks (owner IS NOT NULL, updated_at) WHERE status = 'working';

  CREATE TABLE task_questions (
    task_key INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
    name TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT,
    PRIMARY KEY (task_key, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE handles (
    id TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX handles_by_expiry ON handles (expires_at);

  CREATE TABLE journals (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX journals_by_expiry ON journals (expires_at);
  `,
  // Clients may list their tasks.
  "CREATE INDEX tasks_by_principal ON tasks (principal, key);",
];

/** Brings the database to the newest version. Throws an Error when a newer Slipway has already brought it further. */
export function migrate(db: Database): void {
  const { version } = db;
  if (version > MIGRATIONS.length) {
    throw new Error(
      `The SQLite database has version ${version}, and this version of slipway knows versions up to ` +
        `${MIGRATIONS.length}; use the newer slipway that made it, or another database.`,
    );
  }
  if (version === MIGRATIONS.length) return;
  for (const migration of MIGRATIONS.slice(version)) db.script(migration);
  db.version = MIGRATIONS.length;
}
