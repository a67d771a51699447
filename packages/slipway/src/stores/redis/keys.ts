/**
 * The names of keys and channels. All keys of one session have the session's id as their hash tag, so that a Cluster
 * keeps them in one slot:
 *
 * | key | type | what |
 * |---|---|---|
 * | `P:session:{id}` | hash | what was settled, log level, subscriptions |
 * | `P:session:{id}:logs` | sorted set | its streams, the one closed first at the beginning, the one used last at the end |
 * | `P:session:{id}:log:<stream>` | stream | the events of one of its streams |
 * | `P:session:{id}:values` | hash | values of handlers |
 * | `P:session:{id}:calls` | hash | calls that have not finished |
 * | `P:sessions` | sorted set | the ids of all sessions, by when each has expired for certain |
 * | `P:answered` | sorted set | sessions and questions, by the time of the response |
 * | `P:task:{shard}:<id>` | hash | a task |
 * | `P:tasks:{shard}` | sorted set | tasks that are `working` |
 * | `P:tasks-of:{shard}:<principal>` | sorted set | a principal's tasks of the shard, in the order in which they were made |
 * | `P:tasks-to-end:{shard}:<principal>` | sorted set | the same, by when their time is over |
 * | `P:handle:<id>` | string | a handle's value |
 * | `P:journal:<id>` | string | a sealed journal |
 * | `P:wait:<session, request>` | string | a question that somebody waits for |
 * | `P:{instances}:<id>` | string | an instance that lives |
 *
 * Every key has a time to live.
 */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  session(id: string): string {
    return `${this.#prefix}:session:{${tag(id)}}`;
  }

  get sessions(): string {
    return `${this.#prefix}:sessions`;
  }

  get answered(): string {
    return `${this.#prefix}:answered`;
  }

  task(id: string): string {
    return `${this.#prefix}:task:{${shardOf(id)}}:${id}`;
  }

  /** What the keys of a shard's tasks begin with. */
  tasksOf(shard: number): string {
    return `${this.#prefix}:task:{${shard}}:`;
  }

  working(shard: number): string {
    return `${this.#prefix}:tasks:{${shard}}`;
  }

  ownTasks(shard: number, principal: string): string {
    return `${this.#prefix}:tasks-of:{${shard}}:${principal}`;
  }

  ownTasksToEnd(shard: number, principal: string): string {
    return `${this.#prefix}:tasks-to-end:{${shard}}:${principal}`;
  }

  handle(id: string): string {
    return `${this.#prefix}:handle:${id}`;
  }

  journal(id: string): string {
    return `${this.#prefix}:journal:${id}`;
  }

  /** Quoted, so that no two pairs meet in one key. */
  wait(sessionId: string | undefined, requestId: string | number): string {
    return `${this.#prefix}:wait:${JSON.stringify([sessionId, requestId])}`;
  }

  instance(id: string): string {
    return `${this.#prefix}:{instances}:${id}`;
  }

  /** The channel on which instances tell each other something; also a key, of nothing. */
  get bus(): string {
    return `${this.#prefix}:{instances}`;
  }

  /** The channel on which an instance is told of answers. */
  answers(waiter: string): string {
    return `${this.#prefix}:answers:${waiter}`;
  }
}

/** Tasks are spread over so many slots, each with a list of its own of what is to be done. Never to be changed. */
export const TASK_SHARDS = 16;

export function shardOf(id: string): number {
  let hash = 0;
  for (let index = 0; index < id.length; index++) hash = (Math.imul(hash, 31) + id.charCodeAt(index)) | 0;
  return (hash >>> 0) % TASK_SHARDS;
}

/** A hash tag ends at the first brace and is not empty; `%` marks what was replaced. */
function tag(id: string): string {
  return id === "" ? "%" : id.replace(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

/** Longer than anything is meant to be kept, in milliseconds: a century, which stands for no limit. */
const LONGEST_MS = 100 * 365.25 * 86_400_000;

/** A time to live as Redis takes it. */
export function ttl(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms)), LONGEST_MS);
}
