import { expect, it } from "vitest";
import { revisionOf } from "../../protocol/eras/index.ts";
import type { Revision } from "../../protocol/eras/revision.ts";
import { Call, Client } from "../../server/index.ts";
import type { Fleet } from "./fleet.ts";
import { type CallKeeper, OwnedCall } from "./kept-call.ts";

it("keeps a call's journal as it was last, also when an earlier one takes longer to keep", async () => {
  const revision = revisionOf("2025-11-25") as Revision;
  const client = new Client(revision, undefined, undefined);
  const outlet = { notify() {} };
  const call = new Call({ revision, method: "tools/call", params: undefined, id: 1, client, outlet });
  const kept: number[] = [];
  let saves = 0;
  const adapter = {
    async saveCall(
      _session: string,
      _stream: string,
      _owner: string,
      { record }: { record: { entries: unknown[] } },
    ) {
      for (let turns = saves++ === 0 ? 50 : 0; turns > 0; turns--) await undefined;
      kept.push(record.entries.length);
      return true;
    },
  };
  const owned = new OwnedCall({} as Fleet, adapter as unknown as CallKeeper, "session", "stream", "me");
  const settle = (name: string) => {
    const entry = call.journal.step(name);
    entry.outcome = {};
    call.journal.settle(entry);
    return owned.save(call);
  };
  const first = settle("one");
  for (let turns = 5; turns > 0; turns--) await undefined;
  await Promise.all([first, settle("two"), settle("three")]);
  expect(kept.at(-1)).toBe(3);
});
