import { describe, expect, it } from "vitest";
import { exclusion, generatorWasBottleneck } from "./bottleneck.ts";

describe("the load generator was the bottleneck", () => {
  it("when its core was full and the server's was not", () => {
    expect(generatorWasBottleneck({ load: 0.99, server: 0.7 })).toBe(true);
  });

  it("not when the server's core was full too", () => {
    expect(generatorWasBottleneck({ load: 0.99, server: 0.95 })).toBe(false);
  });

  it("not when its core had time left", () => {
    expect(generatorWasBottleneck({ load: 0.9, server: 0.5 })).toBe(false);
  });
});

describe("a row does not count", () => {
  const bound = { load: 1, server: 0.5 };
  const free = { load: 0.5, server: 1 };

  it("when most of its runs show the load generator", () => {
    expect(exclusion([bound, bound, free])).toBe("the load generator was the bottleneck");
  });

  it("but does when only some of them do", () => {
    expect(exclusion([bound, free, free])).toBeUndefined();
  });

  it("but does when nothing is known of the cores", () => {
    expect(exclusion([])).toBeUndefined();
  });
});
