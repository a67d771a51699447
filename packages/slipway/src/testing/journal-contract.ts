import type { JournalAdapter } from "../ports/index.ts";
import { assert, assertEqual, atOnce, eventually } from "./assert.ts";
import type { ContractCase } from "./contract.ts";
import { HOSTILE_IDS } from "./hostile.ts";
import { two } from "./instances.ts";
import { assertUnguessable } from "./unguessable.ts";

const MINUTE = 60_000;

/** What a `JournalAdapter` promises. The cases keep at most 2 MiB at once. */
export const journalContract: readonly ContractCase<JournalAdapter>[] = [
  {
    name: "a kept journal is found by every instance, as often as it is asked for",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await a.put("sealed-journal_1==", MINUTE);
      for (const instance of [b, a, b])
        assertEqual(await instance.get(id), "sealed-journal_1==", "the journal");
    },
  },
  {
    name: "a journal comes back as it went in, whatever its length and characters",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const big = Array.from({ length: 64 * 1024 }, (_, index) => `${index * 7919}`.padEnd(16, "-_")).join(
        "",
      );
      for (const sealed of ["", "x", big, '"\\ \n\r\t\u2028 ä 漢字 \u{1f6a2} e\u0301', "null", "{}"]) {
        const back = await b.get(await a.put(sealed, MINUTE));
        assert(back === sealed, `a journal of ${sealed.length} characters comes back as it went in`);
      }
    },
  },
  {
    name: "every journal has an id of its own that cannot be guessed",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids: string[] = [];
      for (let index = 0; index < 100; index++) ids.push(await (index % 2 === 0 ? a : b).put("same", MINUTE));
      assertUnguessable(ids, "a journal's id");
    },
  },
  {
    name: "an unknown id finds nothing",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await a.put("sealed", MINUTE);
      const unknown = ["", " ", "\n", "船", id.slice(0, -1), `${id}x`, ` ${id}`, `${id}\n`, ...HOSTILE_IDS];
      for (const each of unknown) {
        assertEqual(await b.get(each), undefined, `get(${JSON.stringify(each.slice(0, 50))})`);
      }
    },
  },
  {
    name: "a journal is gone when its time is over, and another stays for its own time",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const before = await a.put("long before", MINUTE);
      const short = await a.put("short", 50);
      const after = await b.put("long after", MINUTE);
      await eventually(async () => (await b.get(short)) === undefined, "a journal kept for 50 ms is gone");
      assertEqual(await a.get(short), undefined, "the expired journal on the instance that kept it");
      assertEqual(await b.get(before), "long before", "a journal kept earlier, for a minute");
      assertEqual(await a.get(after), "long after", "a journal kept later, for a minute");
    },
  },
  {
    name: "journals kept at once are all kept",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(60, (index) => (index % 2 === 0 ? a : b).put(`journal ${index}`, MINUTE));
      const found = await atOnce(60, (index) => (index % 2 === 0 ? b : a).get(ids[index] ?? ""));
      assertEqual(
        found,
        ids.map((_, index) => `journal ${index}`),
        "the journals",
      );
      const again = await atOnce(60, () => b.get(ids[0] ?? ""));
      assertEqual([...new Set(again)], ["journal 0"], "what sixty readers at once find");
    },
  },
];
