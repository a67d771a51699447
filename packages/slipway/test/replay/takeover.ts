import { revisionOf } from "../../src/protocol/eras/index.ts";
import {
  Call,
  Client,
  encodeResponse,
  Journal,
  type JournalRecord,
  Sealer,
  textOf,
} from "../../src/server/index.ts";
import { contentOf, Dice, endOf, type Question, scripted } from "./client.ts";
import { type Observed, serverOf } from "./drive.ts";
import type { Program } from "./program.ts";

/** Where answers go, whoever waits for them. */
interface Mailbox {
  readonly answered: Promise<object>;
  answer: object | undefined;
}

/**
 * Over a response stream, on machines that die one after the other while the call is served. The next one goes
 * on from the journal that the last one kept. What a dead machine still does is not seen by anybody.
 */
export async function byTakeovers(program: Program, seed: number, deaths: number): Promise<Observed> {
  const dice = new Dice(seed + deaths);
  const effects: string[] = [];
  const questions: string[] = [];
  const asked = new Map<string, number>();
  const mail = new Map<string, Mailbox>();
  const revision = revisionOf("2025-11-25");
  if (revision === undefined) throw new Error("The revision is not served.");
  const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
  let kept: JournalRecord | undefined;

  const send = (key: string, question: Question): Mailbox => {
    const content = contentOf(question);
    const nth = asked.get(content) ?? 0;
    asked.set(content, nth + 1);
    questions.push(content);
    const mailbox: Mailbox = {
      answer: undefined,
      answered: turns(dice.roll(6)).then(() => {
        mailbox.answer = scripted(seed, question, nth);
        return mailbox.answer;
      }),
    };
    mail.set(key, mailbox);
    return mailbox;
  };

  for (let machine = 0; ; machine++) {
    // At least one turn: no machine dies between a step's effect and its record, which nothing could mend.
    const life = machine < deaths ? 1 + dice.roll(25) : Number.POSITIVE_INFINITY;
    let alive = true;
    const done: { id: unknown; what: string }[] = [];
    const { core } = serverOf(program, { push: (each) => (alive ? done.push(each) : 0) }, (message) => {
      throw new Error(`The log says: ${message}`);
    });
    const never = new Promise<never>(() => {});
    const keep = async (call: Call): Promise<void> => {
      if (!alive) return never;
      kept = structuredClone(call.journal.record(call.emitted));
    };
    const call = new Call({
      revision,
      method: "tools/call",
      params: { name: "run", arguments: {} },
      id: 1,
      client: new Client(revision, undefined, capabilities),
      outlet: {
        notify() {},
        keep,
        async ask(ask, { key }) {
          await keep(call);
          return (mail.get(key) ?? send(key, ask)).answered;
        },
      },
    });
    if (kept !== undefined) {
      call.journal = new Journal(kept);
      const arrived = [...mail].flatMap(([key, { answer }]) =>
        answer ? ([[key, { result: answer }]] as const) : [],
      );
      call.journal.answer(new Map(arrived));
    }
    const outcome = await Promise.race([
      core.dispatch(call, { sealer: new Sealer(), journals: undefined }),
      turns(life).then(() => undefined),
    ]);
    alive = false;
    effects.push(...done.map(({ what }) => what));
    if (outcome === undefined) continue;
    if (outcome.kind === "listen") throw new Error("A call of a tool is no subscription.");
    const end = endOf(JSON.parse(textOf(encodeResponse(core, revision, 1, outcome))));
    return { end, effects, questions, logs: [], progress: [] };
  }
}

async function turns(count: number): Promise<void> {
  if (count === Number.POSITIVE_INFINITY) return new Promise(() => {});
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
