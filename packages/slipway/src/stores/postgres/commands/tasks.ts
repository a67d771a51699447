import type { Command } from "./command.ts";

const COLUMNS = `t.id, t.principal, t.tenant, t.call, t.ttl_ms, t.status, t.status_message, t.owner, t.journal, t.ending,
    t.created_at::float8 AS created_at, t.updated_at::float8 AS updated_at`;

/** What every command that gives a task gives of it. */
const shownTasks = `
CREATE OR REPLACE VIEW schema.shown_tasks AS
  SELECT ${COLUMNS}, t.expires_at,
    ARRAY(SELECT q.name FROM schema.task_questions q
      WHERE q.task_key = t.key AND q.answer IS NULL AND t.status = 'input_required' ORDER BY q.name) AS names,
    ARRAY(SELECT q.question FROM schema.task_questions q
      WHERE q.task_key = t.key AND q.answer IS NULL AND t.status = 'input_required' ORDER BY q.name) AS questions
  FROM schema.tasks t;`;

/** $1 id. */
export const getTask: Command = {
  name: "get_task",
  define: shownTasks,
  call: "SELECT * FROM schema.shown_tasks WHERE id = $1 AND expires_at > schema.now_ms()",
};

/** $1 principal, $2 the id of the last one before or NULL, $3 tasks at most. */
export const listTasks: Command = {
  name: "list_tasks",
  call: `SELECT s.* FROM schema.tasks t JOIN schema.shown_tasks s ON s.id = t.id
    WHERE t.principal = $1 AND t.expires_at > schema.now_ms()
      AND t.key > coalesce((SELECT key FROM schema.tasks WHERE id = $2), 0)
    ORDER BY t.key LIMIT $3`,
};

/** $1 id, $2 principal, $3 tenant, $4 call, $5 life, $6 life in whole milliseconds, $7 owner. No row when the id is in use. */
export const createTask: Command = {
  name: "create_task",
  define: `
CREATE OR REPLACE FUNCTION schema.create_task(
  p_id text, p_principal text, p_tenant text, p_call text, p_ttl float8, p_life bigint, p_owner text)
RETURNS SETOF schema.shown_tasks LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
BEGIN
  DELETE FROM schema.tasks WHERE id = p_id AND expires_at <= moment;
  INSERT INTO schema.tasks (id, principal, tenant, call, ttl_ms, owner, created_at, updated_at, expires_at)
    VALUES (p_id, p_principal, p_tenant, p_call, p_ttl, p_owner, moment, moment, moment + p_life)
    ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN QUERY SELECT * FROM schema.shown_tasks WHERE id = p_id; END IF;
END $$;`,
  call: "SELECT * FROM schema.create_task($1, $2, $3, $4, $5, $6, $7)",
};

/** $1 id, $2 expected owner or NULL, $3 owner. No row when it cannot be claimed. */
export const claimTask: Command = {
  name: "claim_task",
  define: `
CREATE OR REPLACE FUNCTION schema.claim_task(p_id text, p_expected text, p_owner text)
RETURNS SETOF schema.shown_tasks LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
BEGIN
  UPDATE schema.tasks SET owner = p_owner, updated_at = moment
    WHERE id = p_id AND expires_at > moment AND status = 'working' AND owner IS NOT DISTINCT FROM p_expected;
  IF FOUND THEN RETURN QUERY SELECT * FROM schema.shown_tasks WHERE id = p_id; END IF;
END $$;`,
  call: "SELECT * FROM schema.claim_task($1, $2, $3)",
};

/** $1 tasks at most. */
export const workingTasks: Command = {
  name: "working_tasks",
  call: `SELECT id, owner FROM schema.tasks WHERE status = 'working' AND expires_at > schema.now_ms()
    ORDER BY (owner IS NOT NULL), updated_at LIMIT $1`,
};

/** $1 id, $2 owner, $3 journal. */
export const saveTask: Command = {
  name: "save_task",
  call: `UPDATE schema.tasks SET journal = $3, updated_at = schema.now_ms()
    WHERE id = $1 AND owner = $2 AND expires_at > schema.now_ms() RETURNING 1`,
};

/** $1 id, $2 owner, $3 message. */
export const describeTask: Command = {
  name: "describe_task",
  call: `UPDATE schema.tasks SET status_message = $3, updated_at = schema.now_ms()
    WHERE id = $1 AND owner = $2 AND expires_at > schema.now_ms() RETURNING 1`,
};

/** $1 id, $2 owner, $3 journal, $4 names and $5 texts of the questions. */
export const askTask: Command = {
  name: "ask_task",
  define: `
CREATE OR REPLACE FUNCTION schema.ask_task(
  p_id text, p_owner text, p_journal text, p_names text[], p_questions text[])
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
  task bigint;
BEGIN
  UPDATE schema.tasks SET journal = p_journal, status = 'input_required', owner = NULL, updated_at = moment
    WHERE id = p_id AND owner = p_owner AND expires_at > moment RETURNING key INTO task;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM schema.task_questions WHERE task_key = task;
  INSERT INTO schema.task_questions (task_key, name, question)
    SELECT task, name, question FROM unnest(p_names, p_questions) AS q (name, question);
  RETURN true;
END $$;`,
  call: "SELECT schema.ask_task($1, $2, $3, $4, $5) AS asked",
};

/** $1 id, $2 names and $3 texts of the answers. */
export const answerTask: Command = {
  name: "answer_task",
  define: `
CREATE OR REPLACE FUNCTION schema.answer_task(p_id text, p_names text[], p_answers text[])
RETURNS SETOF schema.shown_tasks LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
  task bigint;
BEGIN
  SELECT key INTO task FROM schema.tasks
    WHERE id = p_id AND expires_at > moment AND status = 'input_required' FOR NO KEY UPDATE;
  IF FOUND THEN
    UPDATE schema.task_questions q SET answer = a.answer FROM unnest(p_names, p_answers) AS a (name, answer)
      WHERE q.task_key = task AND q.name = a.name AND q.answer IS NULL;
    IF FOUND THEN
      UPDATE schema.tasks SET updated_at = moment, status = CASE
        WHEN EXISTS (SELECT 1 FROM schema.task_questions WHERE task_key = task AND answer IS NULL)
        THEN 'input_required' ELSE 'working' END
        WHERE key = task;
    END IF;
  END IF;
  RETURN QUERY SELECT * FROM schema.shown_tasks t WHERE t.id = p_id AND t.expires_at > moment;
END $$;`,
  call: "SELECT * FROM schema.answer_task($1, $2, $3)",
};

/** $1 id. */
export const taskAnswers: Command = {
  name: "task_answers",
  call: `SELECT q.name, q.answer FROM schema.tasks t JOIN schema.task_questions q ON q.task_key = t.key
    WHERE t.id = $1 AND t.expires_at > schema.now_ms() AND q.answer IS NOT NULL`,
};

/** $1 id, $2 owner, $3 status, $4 end. */
export const finishTask: Command = {
  name: "finish_task",
  call: `UPDATE schema.tasks SET status = $3, ending = $4, owner = NULL, updated_at = schema.now_ms()
    WHERE id = $1 AND owner = $2 AND expires_at > schema.now_ms() RETURNING 1`,
};

/** $1 id. */
export const cancelTask: Command = {
  name: "cancel_task",
  define: `
CREATE OR REPLACE FUNCTION schema.cancel_task(p_id text)
RETURNS SETOF schema.shown_tasks LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
BEGIN
  UPDATE schema.tasks SET status = 'cancelled', owner = NULL, updated_at = moment
    WHERE id = p_id AND expires_at > moment AND status IN ('working', 'input_required');
  RETURN QUERY SELECT * FROM schema.shown_tasks t WHERE t.id = p_id AND t.expires_at > moment;
END $$;`,
  call: "SELECT * FROM schema.cancel_task($1)",
};
