import { describe, expect, test } from "vitest";
import { remote } from "../../../test/mutants.ts";
import { StoreUnavailableError } from "../../ports/index.ts";
import { memoryStore } from "../../stores/memory/index.ts";
import { type ContractSettings, runContract, storeContract } from "../../testing/index.ts";
import { observe } from "../index.ts";
import { timed } from "./timed.ts";

const PORTS = ["sessions", "clientRequests", "tasks", "handles", "journals"] as const;

describe.each([
  { name: "answers at once", isRemote: false },
  { name: "answers later", isRemote: true },
])("a store that $name", ({ isRemote }) => {
  // Waits for answers are begun at once everywhere.
  const alter = (port: string, adapter: object) =>
    isRemote && port !== "clientRequests" ? remote(adapter) : adapter;

  test("keeps its contract when it is measured", async () => {
    const observing = await observe({ metrics: true });
    const report = await runContract(storeContract, {
      abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
      makeInstances: (count, { deadAfterMs, ...sessions }: ContractSettings = {}) => {
        const first = memoryStore({ sessions, deadAfterMs });
        return Array.from({ length: count }, (_, index) => {
          const store = index === 0 ? first : first.instance();
          const ports = PORTS.map((port) => [port, observing.adapter(port, alter(port, store[port]))]);
          const bus = Object.assign(store.bus, { crash: () => store.bus.close() });
          return { ...store, ...Object.fromEntries(ports), bus };
        });
      },
    });
    expect(report.failed).toEqual([]);
    expect(report.skipped).toHaveLength(1);
    expect(report.passed.length).toBeGreaterThan(180);
    await observing.close();
  }, 60_000);
});

class Adapter {
  readonly #secret = "kept";
  size = 1;
  inherited(): Promise<string> {
    return Promise.resolve(this.#secret);
  }
  get label(): string {
    return this.#secret;
  }
  now(): string {
    return this.#secret;
  }
  fail(): void {
    throw new Error("at once");
  }
  away(): Promise<never> {
    return Promise.reject(new StoreUnavailableError("gone"));
  }
}

class Derived extends Adapter {
  readonly own = async () => "own";
}

test("what takes time is measured, what answers at once is not, and what is not there is not there", async () => {
  const took: unknown[] = [];
  const adapter = new Derived();
  const measured = timed(adapter, (operation, _, error) => took.push([operation, error]));
  expect(measured).toBeInstanceOf(Derived);
  expect(measured.now()).toBe("kept");
  expect(measured.label).toBe("kept");
  expect(await measured.inherited()).toBe("kept");
  expect(await measured.own()).toBe("own");
  await expect(measured.away()).rejects.toThrow("gone");
  expect(() => measured.fail()).toThrow("at once");
  adapter.size = 2;
  expect(measured.size).toBe(2);
  expect("streamOf" in measured).toBe(false);
  expect(took).toEqual([
    ["inherited", undefined],
    ["own", undefined],
    ["away", "unavailable"],
    ["fail", "_OTHER"],
  ]);
});
