import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Call } from "../server/index.ts";
import { Backlog } from "./backlog.ts";
import { Run } from "./part.ts";

function runs(count: number): Run[] {
  return Array.from({ length: count }, () => new Run({} as Call));
}

const turn = () => new Promise(setImmediate);

test("calls are told of together, in their order, each once", async () => {
  const told: (readonly Run[])[] = [];
  const backlog = new Backlog((some) => told.push(some));
  const all = runs(21);
  for (const run of all) backlog.add(run);
  await turn();
  expect(told.length).toBeLessThan(all.length / 2);
  expect(told.flat()).toEqual(all);
  const [late] = runs(1) as [Run];
  backlog.add(late);
  expect(told.flat()).not.toContain(late);
  await turn();
  expect(told.flat()).toEqual([...all, late]);
  backlog.close();
});

test("who asks what was until now, or closes, hears of all", () => {
  const told: Run[] = [];
  const backlog = new Backlog((some) => told.push(...some));
  const [first, second] = runs(2) as [Run, Run];
  backlog.add(first);
  backlog.flush();
  expect(told).toEqual([first]);
  backlog.add(second);
  backlog.close();
  expect(told).toEqual([first, second]);
});

test("what has ended is told of when the process ends", () => {
  const file = JSON.stringify(fileURLToPath(new URL("backlog.ts", import.meta.url)));
  const program = `
    const { Backlog } = await import(${file});
    const backlog = new Backlog((runs) => process.stdout.write(runs.join()));
    backlog.add("one");
    backlog.add("two");
    process.exit(0);
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(stdout).toBe("one,two");
});
