import { definitions } from "./commands/index.ts";
import { SchemaVersionError } from "./errors.ts";
import type { PostgresClient } from "./pool.ts";

/**
 * What brings a schema from each version to the next. Only ever appended to: schemas in use have gone through them.
 * Whoever changes a definition of a command appends one too, be it empty, since definitions are made anew with it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE schema.sessions (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    meta text NOT NULL,
    log_level text,
    subscriptions text[],
    value_version bigint NOT NULL DEFAULT 0,
    value_bytes bigint NOT NULL DEFAULT 0,
    expires_at bigint NOT NULL
  );
  CREATE INDEX sessions_by_expiry ON schema.sessions (expires_at);

  CREATE TABLE schema.streams (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_key bigint NOT NULL REFERENCES schema.sessions ON DELETE CASCADE,
    stream_id text NOT NULL,
    first bigint NOT NULL DEFAULT 1,
    last bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    closed_at bigint,
    UNIQUE (session_key, stream_id)
  ) WITH (fillfactor = 80);
  CREATE INDEX streams_by_closing ON schema.streams (closed_at) WHERE closed_at IS NOT NULL;

  CREATE TABLE schema.events (
    stream_key bigint NOT NULL REFERENCES schema.streams ON DELETE CASCADE,
    sequence bigint NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (stream_key, sequence)
  );

  CREATE TABLE schema.session_values (
    session_key bigint NOT NULL REFERENCES schema.sessions ON DELETE CASCADE,
    digest bytea NOT NULL,
    value text NOT NULL,
    version bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (session_key, digest)
  );

  CREATE TABLE schema.calls (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_key bigint NOT NULL REFERENCES schema.sessions ON DELETE CASCADE,
    stream_id text NOT NULL,
    owner text NOT NULL,
    request text NOT NULL,
    journal text,
    answered_at bigint,
    UNIQUE (session_key, stream_id)
  );
  CREATE INDEX calls_by_answer ON schema.calls (answered_at) WHERE answered_at IS NOT NULL;

  CREATE TABLE schema.call_questions (
    call_key bigint NOT NULL REFERENCES schema.calls ON DELETE CASCADE,
    question text NOT NULL,
    response text,
    taken_at bigint,
    PRIMARY KEY (call_key, question)
  );
  CREATE INDEX call_questions_by_question ON schema.call_questions (question);

  CREATE TABLE schema.pending (
    key text PRIMARY KEY,
    instance text NOT NULL,
    deadline bigint NOT NULL,
    expires_at bigint NOT NULL,
    outcome text
  );
  CREATE INDEX pending_by_instance ON schema.pending (instance);
  CREATE INDEX pending_by_expiry ON schema.pending (expires_at);

  CREATE TABLE schema.instances (
    id text PRIMARY KEY,
    seen_at bigint NOT NULL
  ) WITH (fillfactor = 50);

  CREATE TABLE schema.tasks (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    principal text NOT NULL,
    tenant text,
    call text NOT NULL,
    ttl_ms float8 NOT NULL,
    status text NOT NULL DEFAULT 'working',
    status_message text,
    owner text,
    journal text,
    ending text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL
  );
  CREATE INDEX tasks_by_expiry ON schema.tasks (expires_at);
  CREATE INDEX tasks_at_work ON schema.tasks ((owner IS NOT NULL), updated_at) WHERE status = 'working';

  CREATE TABLE schema.task_questions (
    task_key bigint NOT NULL REFERENCES schema.tasks ON DELETE CASCADE,
    name text NOT NULL,
    question text NOT NULL,
    answer text,
    PRIMARY KEY (task_key, name)
  );

  CREATE TABLE schema.handles (
    id text PRIMARY KEY,
    value text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    expires_at bigint NOT NULL
  );
  CREATE INDEX handles_by_expiry ON schema.handles (expires_at);

  CREATE TABLE schema.journals (
    id text PRIMARY KEY,
    sealed text NOT NULL,
    expires_at bigint NOT NULL
  );
  CREATE INDEX journals_by_expiry ON schema.journals (expires_at);
  `,
  // Clients may list their tasks.
  "CREATE INDEX tasks_by_principal ON schema.tasks (principal, key);",
  // What is done again, since nobody knew whether it was done, is done once.
  `
  ALTER TABLE schema.streams ADD COLUMN writer text, ADD COLUMN mark bigint;
  ALTER TABLE schema.events ADD COLUMN mark text;
  `,
];

/**
 * Brings the schema to the newest version, one instance at a time. Throws an Error when a newer Slipway has already
 * brought it further.
 */
export async function migrate(client: PostgresClient, schema: string): Promise<void> {
  // Looked at without a lock first, and so that a role without the right to make a schema can use one.
  if (isNewest(await versionOf(client, schema), schema)) return;
  const lock = [`slipway migrations ${schema}`];
  // Before the transaction: one that waits for the lock would still take for missing what was made meanwhile.
  await client.query({ text: "SELECT pg_advisory_lock(hashtext($1))", values: lock });
  await client.query({ text: "BEGIN" });
  const version = await versionOf(client, schema);
  if (!isNewest(version, schema)) {
    for (const statement of [
      `CREATE SCHEMA IF NOT EXISTS "${schema}"`,
      "CREATE TABLE IF NOT EXISTS schema.migrations (version integer PRIMARY KEY, done_at timestamptz DEFAULT now())",
      ...MIGRATIONS.slice(version),
      ...definitions,
    ])
      await client.query({ text: statement.replaceAll("schema.", `"${schema}".`) });
    await client.query({
      text: `INSERT INTO "${schema}".migrations (version) VALUES ($1)`,
      values: [MIGRATIONS.length],
    });
  }
  await client.query({ text: "COMMIT" });
  // Where anything fails, the lock ends with the connection.
  await client.query({ text: "SELECT pg_advisory_unlock(hashtext($1))", values: lock });
}

async function versionOf(client: PostgresClient, schema: string): Promise<number> {
  const found = await client.query({
    text: "SELECT to_regclass($1) IS NOT NULL AS known",
    values: [`"${schema}".migrations`],
  });
  if (!(found.rows[0] as { known: boolean }).known) return 0;
  const { rows } = await client.query({
    text: `SELECT coalesce(max(version), 0) AS version FROM "${schema}".migrations`,
  });
  return (rows[0] as { version: number }).version;
}

function isNewest(version: number, schema: string): boolean {
  if (version > MIGRATIONS.length) {
    throw new SchemaVersionError(
      `The Postgres schema "${schema}" has version ${version}, and this version of slipway knows versions up to ` +
        `${MIGRATIONS.length}; use the newer slipway that made it, or another schema.`,
    );
  }
  return version === MIGRATIONS.length;
}
