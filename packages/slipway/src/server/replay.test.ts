import { expect, it } from "vitest";
import { type Ask, revisionOf } from "../protocol/eras/index.ts";
import type { Revision } from "../protocol/eras/revision.ts";
import { Call, type Outlet } from "./call.ts";
import { Client } from "./client.ts";
import { Replay } from "./replay.ts";

const question: Ask = { method: "roots/list", params: {} };

/** A call of a client that keeps a stream open. */
function makeCall(outlet: Partial<Outlet>): Call {
  const revision = revisionOf("2025-11-25") as Revision;
  const client = new Client(revision, undefined, undefined);
  return new Call({
    revision,
    method: "tools/call",
    params: undefined,
    id: 1,
    client,
    outlet: { notify() {}, ...outlet },
  });
}

it("gives a handler what is kept, in the journal's order, also when a store is done in another", async () => {
  const stores: (() => void)[] = [];
  const call = makeCall({ keep: () => new Promise<void>((resolve) => stores.push(resolve)) });
  const replay = new Replay(call);
  const seen: number[] = [];
  const steps = [1, 2, 3].map((n) => replay.step(`step ${n}`, () => n).then((value) => seen.push(value)));
  while (stores.length < 3) await undefined;
  stores[2]?.();
  stores[1]?.();
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  stores[0]?.();
  await Promise.all(steps);
  expect(seen).toEqual([1, 2, 3]);
});

it("gives a handler nothing that could not be kept", async () => {
  const call = makeCall({ keep: () => Promise.reject(new Error("Another has it.")) });
  await expect(new Replay(call).step("s", () => 1)).rejects.toThrow("Another has it.");
});

it("finds an answer by what the handler asked, not by what only this client was sent", async () => {
  const call = makeCall({ ask: async () => ({ roots: [] }) });
  await new Replay(call).ask(question, { ...question, params: { id: "by lot" } }, {}, (answer) => answer);
  const [entry] = call.journal.settled;
  const again = makeCall({});
  expect(again.journal.ask(question, undefined)).toMatchObject({
    digest: (entry as { digest: string }).digest,
  });
});

it("keeps no answer where the question failed on this side", async () => {
  const call = makeCall({ ask: () => Promise.reject(new Error("Nobody is there.")) });
  const asking = new Replay(call).ask(question, question, {}, (answer) => answer);
  await expect(asking).rejects.toThrow("Nobody is there.");
  expect(call.journal.settled).toEqual([]);
});
