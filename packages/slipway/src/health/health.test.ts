import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { type HealthOptions, healthHandlers } from "./index.ts";

function recording() {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, ...details: unknown[]) =>
      void lines.push([level, message, ...details.map(String)].join(" "));
  return { lines, logger: { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") } };
}

/** Without a cache that could hide what happens. */
function handlers(options: HealthOptions) {
  const { lines, logger } = recording();
  const health = healthHandlers({ cacheMs: 0.001, logger, ...options });
  const ready = async () => {
    const response = await health.ready();
    return { response, status: response.status, body: JSON.parse(await response.text()) };
  };
  return { health, ready, lines };
}

const up = async () => {};
const down = async () => {
  throw new Error("connect ECONNREFUSED 10.1.2.3:5432, user admin");
};

test("a server is ready when its store and all that it needs work, and says how long that took to find out", async () => {
  const { ready, health } = handlers({
    store: { ready: up },
    checks: { search: () => pause(20) },
    version: "1.2.3",
  });
  const { response, body } = await ready();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(body).toEqual({
    status: "up",
    version: "1.2.3",
    uptimeSeconds: expect.any(Number),
    components: {
      store: { status: "up", ms: expect.any(Number) },
      search: { status: "up", ms: expect.any(Number) },
    },
  });
  expect(body.components.search.ms).toBeGreaterThan(15);
  expect(health.live().status).toBe(200);
  expect(await health.live().json()).toMatchObject({ status: "up", version: "1.2.3" });
});

test("a store is pinged where it can be, and asked whether it is ready where not", async () => {
  const asked: string[] = [];
  const store = { ready: async () => void asked.push("ready"), ping: async () => void asked.push("ping") };
  await handlers({ store }).ready();
  const { ping: _, ...plain } = store;
  await handlers({ store: plain }).ready();
  expect(asked).toEqual(["ping", "ready"]);
});

describe("a component that does not work", () => {
  test.each([
    ["rejects", down],
    [
      "throws",
      () => {
        throw new Error("connect ECONNREFUSED 10.1.2.3:5432, user admin");
      },
    ],
  ])("and %s makes the server not ready; why is for the log, and for nobody else", async (_, check) => {
    const { ready, health, lines } = handlers({ checks: { database: check, search: up } });
    const { response, body } = await ready();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(body.status).toBe("down");
    expect(body.components).toMatchObject({ database: { status: "down" }, search: { status: "up" } });
    expect(JSON.stringify(body)).not.toMatch(/ECONNREFUSED|admin/);
    expect(lines).toEqual([
      expect.stringMatching(/^warn The component "database" is down.*ECONNREFUSED 10.1.2.3/),
    ]);
    expect(health.live().status).toBe(200);
  });

  test("says so by false, too", async () => {
    expect(await handlers({ checks: { queue: () => false } }).ready()).toMatchObject({ status: 503 });
  });

  test("is logged when it begins and when it is over, however often it is asked for", async () => {
    let works = false;
    const { ready, lines } = handlers({ checks: { database: () => works } });
    for (let nth = 0; nth < 3; nth++) await ready();
    works = true;
    for (let nth = 0; nth < 3; nth++) expect(await ready()).toMatchObject({ status: 200 });
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["warn", "info"]);
  });

  test("and is not needed is reported only", async () => {
    const { ready } = handlers({ checks: { mail: down }, optional: ["mail"] });
    const { status, body } = await ready();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "up", components: { mail: { status: "down" } } });
  });
});

describe("a check that does not end", () => {
  test("is told to stop, and holds up neither the answer nor the others", async () => {
    const signals: AbortSignal[] = [];
    const hangs = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const { ready } = handlers({ checks: { hangs, works: up }, timeoutMs: 30 });
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body.components).toMatchObject({ hangs: { status: "timed-out" }, works: { status: "up" } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("is not begun again and again where it ignores that", async () => {
    let begun = 0;
    const hangs = () => {
      begun++;
      return new Promise(() => {});
    };
    const { ready } = handlers({ checks: { hangs }, timeoutMs: 20 });
    for (let nth = 0; nth < 4; nth++) {
      expect((await ready()).body.components).toMatchObject({ hangs: { status: "timed-out" } });
    }
    expect(begun).toBe(1);
    await vi.waitFor(async () => {
      await ready();
      expect(begun).toBe(2);
    });
  });
});

test("checks run side by side", async () => {
  let meet: () => void = () => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const { ready } = handlers({ checks: { waits: () => met, comes: () => meet() }, timeoutMs: 5_000 });
  expect(await ready()).toMatchObject({ status: 200 });
});

test("a storm of probes is one look", async () => {
  let looks = 0;
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const check = () => {
    looks++;
    return gate;
  };
  const { ready } = handlers({ checks: { check }, cacheMs: 60_000 });
  const first = Array.from({ length: 100 }, ready);
  go();
  for (const { status } of await Promise.all(first)) expect(status).toBe(200);
  for (let nth = 0; nth < 100; nth++) await ready();
  expect(looks).toBe(1);
});

test("a server that drains is not ready, whatever works, and lives", async () => {
  let looks = 0;
  const { ready, health } = handlers({ checks: { check: () => void looks++ } });
  health.drain();
  const { status, body } = await ready();
  expect({ status, body }).toMatchObject({ status: 503, body: { status: "draining", components: {} } });
  expect(looks).toBe(0);
  expect(health.live().status).toBe(200);
  expect((await health.report()).status).toBe("draining");
});

test("a component may have any name", async () => {
  const { ready } = handlers({
    checks: JSON.parse('{"__proto__":null,"constructor":null}', (name, value) => (name === "" ? value : up)),
  });
  expect(Object.keys((await ready()).body.components)).toContain("constructor");
});

test.each([
  [{ checks: { store: up }, store: { ready: up } }, /"store" is the store's own/],
  [{ checks: { database: 1 } }, /health.checks\["database"\]: expected a function, got number/],
  [{ optional: ["mail"] }, /there is no check "mail"/],
  [{ timeoutMs: 0 }, /health.timeoutMs: expected a number of milliseconds above 0, got 0/],
  [{ cacheMs: Number.NaN }, /health.cacheMs: .* got NaN/],
])("options that cannot be are refused: %j", (options, message) => {
  expect(() => healthHandlers(options as unknown as HealthOptions)).toThrow(message);
});
