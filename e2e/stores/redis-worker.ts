// An instance that does what its arguments say, for tests that kill it: <url> <prefix> <JSON of a Job>
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { redisStore } from "slipway/redis";

export type Job =
  | { readonly does: "answer"; readonly session: string; readonly question: string; readonly hold: Hold }
  | { readonly does: "create"; readonly session: string; readonly hold: Hold }
  | { readonly does: "delete"; readonly session: string; readonly hold: Hold }
  | { readonly does: "own"; readonly session: string; readonly stream: string; readonly question: string }
  | { readonly does: "append"; readonly session: string; readonly stream: string };

/** After how many commands it stands still for ever, before the next one is sent or after it was. */
export interface Hold {
  readonly command: number;
  readonly when: "before" | "after";
}

const [url = "", prefix = "", text = ""] = process.argv.slice(2);
const job = JSON.parse(text) as Job;
const client = new Redis(url, { lazyConnect: true });
let left: { count: number; when: Hold["when"] } | undefined;
const store = redisStore(holding(client), { prefix, deadAfterMs: 600 });
await store.ready();

switch (job.does) {
  case "answer":
    await held(job.hold, () => store.sessions.answerCall(job.session, job.question, "of the worker"));
    break;
  case "create":
    await held(job.hold, () => store.sessions.create(job.session, { protocolVersion: "of the worker" }));
    break;
  case "delete":
    await held(job.hold, () => store.sessions.delete(job.session));
    break;
  case "own": {
    const { session, stream, question } = job;
    await store.bus.subscribe(
      () => {},
      () => {},
    );
    const owner = store.bus.instanceId;
    await store.sessions.beginCall(session, stream, { request: { of: "the worker" } }, owner);
    await store.sessions.saveCall(session, stream, owner, ["journal"], [question]);
    const { promise, ready } = store.clientRequests.createPending(session, question);
    await ready;
    console.log(`owned by ${owner}.`);
    await promise;
    break;
  }
  case "append":
    for (let index = 0; ; index++) {
      const id = await store.sessions.appendEvent(job.session, job.stream, { index });
      process.stdout.write(`${id}\n`);
    }
}

async function held(hold: Hold, work: () => unknown): Promise<void> {
  left = { count: hold.command, when: hold.when };
  await work();
  // What is done in the background belongs to it.
  await setTimeout(50);
  console.log("done.");
}

/** Lets the connections that are made after a client stand still. */
function holding(pattern: Redis): Redis {
  const duplicate = pattern.duplicate.bind(pattern);
  pattern.duplicate = ((options: object) => {
    const own = duplicate(options);
    const call = own.call.bind(own) as (...command: string[]) => Promise<unknown>;
    own.call = (async (...command: string[]) => {
      const stands = left !== undefined && --left.count === 0;
      if (stands && left?.when === "before") return standStill();
      const reply = await call(...command);
      return stands ? standStill() : reply;
    }) as typeof own.call;
    return own;
  }) as typeof pattern.duplicate;
  return pattern;
}

function standStill(): Promise<never> {
  console.log("held.");
  return new Promise(() => {});
}
