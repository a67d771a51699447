import { SessionLimitError, StoreUnavailableError } from "slipway";
import { RedisSessionAdapter, redisStore } from "slipway/redis";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeClient, type Reply } from "./fake-client.ts";

const NEVER = new Promise<never>(() => {});
const META = { protocolVersion: "x" };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function sessionsOver(reply: Reply) {
  const fake = new FakeClient(reply);
  return { fake, sessions: new RedisSessionAdapter(fake.client, { maxSessions: Number.POSITIVE_INFINITY }) };
}

describe("a command", () => {
  test("that is not answered in time fails, and is not sent again", async () => {
    const sent: string[] = [];
    const { sessions } = sessionsOver(([name = ""]) => {
      sent.push(name);
      return NEVER;
    });
    const failed = expect(sessions.has("id")).rejects.toThrow(
      new StoreUnavailableError("Redis did not answer EXISTS within 2000 ms; it may be done later."),
    );
    await vi.advanceTimersByTimeAsync(2_000);
    await failed;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual(["EXISTS"]);
  });

  test("that failed for want of a connection is not sent when there is one", async () => {
    const sent: string[] = [];
    const { fake, sessions } = sessionsOver(([name = ""]) => {
      sent.push(name);
      return 1;
    });
    const { duplicate } = fake;
    let connect = () => {};
    fake.duplicate = () => {
      const own = duplicate.call(fake);
      const connects = own.connect.bind(own);
      own.connect = () =>
        new Promise((resolve) => {
          connect = () => resolve(connects());
        });
      return own;
    };
    const failed = expect(sessions.has("id")).rejects.toThrow("There was no connection to Redis for EXISTS");
    await vi.advanceTimersByTimeAsync(2_000);
    await failed;
    connect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
    expect(await sessions.has("id")).toBe(true);
  });

  test("fails at once when the connection is lost that it was sent on, and the next has another", async () => {
    const { fake, sessions } = sessionsOver(() =>
      fake.made.length === 1 ? Promise.reject(new Error("Connection is closed.")) : 1,
    );
    await expect(sessions.has("id")).rejects.toThrow(StoreUnavailableError);
    fake.made[0]?.disconnect();
    expect(await sessions.has("id")).toBe(true);
    expect(fake.made).toHaveLength(2);
  });

  test("is told by its digest, and by its text where Redis does not know that", async () => {
    const sent: (readonly string[])[] = [];
    const known = new Set<string>();
    const { sessions } = sessionsOver((command) => {
      sent.push(command);
      if (command[0] === "EVAL") known.add("get");
      else if (!known.has("get")) throw new Error("NOSCRIPT No matching script. Please use EVAL.");
      return ["m", JSON.stringify(META)];
    });
    for (let time = 0; time < 3; time++) expect((await sessions.get("id"))?.meta).toEqual(META);
    expect(sent.map(([name]) => name)).toEqual(["EVALSHA", "EVAL", "EVALSHA", "EVALSHA"]);
    const [, sha] = sent[0] as string[];
    const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(sent[1]?.[1]));
    expect(sha).toBe(Buffer.from(bytes).toString("hex"));
  });

  test("is not told by its text when it has failed meanwhile", async () => {
    const sent: string[] = [];
    const { sessions } = sessionsOver(async ([name = ""]) => {
      sent.push(name);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      throw new Error("NOSCRIPT No matching script. Please use EVAL.");
    });
    const failed = expect(sessions.get("id")).rejects.toThrow("did not answer get-session");
    await vi.advanceTimersByTimeAsync(5_000);
    await failed;
    expect(sent).toEqual(["EVALSHA"]);
  });

  test.each([
    "LOADING Redis is loading the dataset in memory",
    "CLUSTERDOWN The cluster is down",
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "read ECONNRESET",
    "Socket closed unexpectedly",
  ])("that fails with %j may be sent later", async (message) => {
    const { sessions } = sessionsOver(() => Promise.reject(new Error(message)));
    await expect(sessions.get("id")).rejects.toThrow(StoreUnavailableError);
  });

  test.each([
    "NOPERM this user has no permissions to run the 'evalsha' command",
    "ERR unknown command 'EVALSHA'",
  ])("that fails with %j fails as it is", async (message) => {
    const error = new Error(message);
    const { sessions } = sessionsOver(() => Promise.reject(error));
    await expect(sessions.get("id")).rejects.toBe(error);
  });
});

test.each(["READONLY You can't write against a read only replica.", "Socket closed unexpectedly"])(
  "a connection on which commands fail for two seconds with %j is given up for another",
  async (message) => {
    const { fake, sessions } = sessionsOver(() => {
      if (fake.made.length === 1) throw new Error(message);
      return 1;
    });
    for (let time = 0; time < 3; time++) {
      await expect(sessions.has("id")).rejects.toThrow(StoreUnavailableError);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(await sessions.has("id")).toBe(true);
    expect(fake.made).toHaveLength(2);
  },
);

test("a connection to a server that has no memory is kept", async () => {
  const { fake, sessions } = sessionsOver(() => Promise.reject(new Error("OOM command not allowed")));
  for (let time = 0; time < 30; time++) {
    await expect(sessions.get("id")).rejects.toThrow(StoreUnavailableError);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(fake.made).toHaveLength(1);
});

test("a connection is kept while there is no other, however often commands on it fail", async () => {
  const { fake, sessions } = sessionsOver(() => Promise.reject(new Error("Socket closed unexpectedly")));
  await expect(sessions.has("id")).rejects.toThrow(StoreUnavailableError);
  const { duplicate } = fake;
  fake.duplicate = () => {
    const own = duplicate.call(fake);
    own.connect = () => Promise.reject(new Error("connect ECONNREFUSED"));
    return own;
  };
  for (let time = 0; time < 10; time++) {
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(sessions.has("id")).rejects.toThrow("Socket closed unexpectedly");
  }
  expect(fake.made.length).toBeGreaterThan(3);
  expect(fake.made[0]?.status).toBe("ready");
});

test("a session that does not fit into the memory of Redis is one too many", async () => {
  const { sessions } = sessionsOver(() =>
    Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'.")),
  );
  await expect(sessions.create("id", META)).rejects.toThrow(SessionLimitError);
});

test("a connection on which commands have failed for ten seconds is given up for another", async () => {
  const { fake, sessions } = sessionsOver(() => (fake.made.length === 1 ? NEVER : 1));
  const outcomes: unknown[] = [];
  for (let second = 0; second < 12; second++) {
    void sessions.has("id").then(
      (found) => outcomes.push(found),
      () => outcomes.push("failed"),
    );
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await vi.advanceTimersByTimeAsync(2_000);
  expect(fake.made.map(({ status }) => status)).toEqual(["end", "ready"]);
  const last = sessions.has("id");
  expect(await last).toBe(true);
  expect(outcomes.slice(0, 10)).toEqual(Array(10).fill("failed"));
});

test("a connection that cannot be made is tried again, ever more slowly, until it can", async () => {
  const fake = new FakeClient(() => 1);
  const attempts: number[] = [];
  let there = false;
  const { duplicate } = fake;
  fake.duplicate = () => {
    const own = duplicate.call(fake);
    const { connect } = own;
    own.connect = () => {
      attempts.push(Date.now());
      return there ? connect.call(own) : Promise.reject(new Error("connect ECONNREFUSED"));
    };
    return own;
  };
  const sessions = new RedisSessionAdapter(fake.client);
  const failed = expect(sessions.has("id")).rejects.toThrow("ECONNREFUSED");
  await vi.advanceTimersByTimeAsync(20_000);
  await failed;
  const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  expect(waits[0]).toBeLessThanOrEqual(50);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  expect(waits.slice(-5).every((ms) => ms >= 500)).toBe(true);
  there = true;
  const found = sessions.has("id");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await found).toBe(true);
});

test.each([
  ["7.0.15", undefined],
  ["6.2.0", undefined],
  ["10.1.0", undefined],
  ["6.0.16", "Expected Redis 6.2 or later, or Valkey, got Redis 6.0.16"],
  ["5.0.7", "got Redis 5.0.7"],
])("a server of version %s is ready, or refused with what is needed: %s", async (version, message) => {
  const fake = new FakeClient(() => `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n`);
  const ready = redisStore(fake.client).ready();
  if (message === undefined) await ready;
  else await expect(ready).rejects.toThrow(message);
});

test("a server that does not say what it is, is ready", async () => {
  const fake = new FakeClient(() =>
    Promise.reject(new Error("NOPERM no permissions to run the 'info' command")),
  );
  await redisStore(fake.client).ready();
});
