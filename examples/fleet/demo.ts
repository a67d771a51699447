// Three instances of the bank behind a proxy without stickiness, which are killed and started again while clients use
// them. Exits with 0 if no client has noticed anything.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BankClient, revisions } from "./bank-client.ts";
import { Fleet } from "./fleet.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-fleet-"));
const ledger = join(folder, "ledger");
const { store } = parseArgs({
  options: { store: { type: "string", default: `sqlite:${join(folder, "fleet.db")}` } },
}).values;

/** What a client got that it should not have got. */
const noticed: string[] = [];

function check(what: string, got: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(got), JSON.stringify(expected)];
  if (is !== should) noticed.push(`${what} should be ${should}, and was ${is}`);
}

const say = (line: string) => console.log(`  ${line}`);
const title = (line: string) => console.log(`\n${line}`);

/** Each call goes to the next instance, whatever session it is of. */
async function callAnywhere(fleet: Fleet, client: BankClient): Promise<void> {
  title(`A client of ${client.revision} calls.`);
  for (let calls = 0; calls < fleet.instances.length; calls++) {
    const since = fleet.served.length;
    const text = await client.call("whereami");
    const { instance } = await fleet.latest(({ what }) => what === "tools/call whereami", since);
    check("the instance that answers", text, `pid ${instance.pid}`);
  }
}

/** The connection of a call breaks, and then the instance dies that carries the call's stream since. */
async function followProgress(fleet: Fleet, client: BankClient): Promise<void> {
  title(`A client of ${client.revision} follows the progress of a call.`);
  const to = 60;
  const seen: number[] = [];
  const ids = new Set<string>();
  let over = false;
  const since = fleet.served.length;
  const call = client
    .call(
      "report",
      { to, everyMs: 50 },
      { onProgress: (done) => seen.push(done), onEvent: (id) => ids.add(id) },
    )
    .finally(() => {
      over = true;
    });
  // Looked at later.
  call.catch(() => {});
  const works = await fleet.latest(({ what }) => what === "tools/call report", since);
  let carries = works;
  // The client may come back to the instance that works: the proxy knows no client.
  while (!over && carries.instance === works.instance) {
    const sent = seen.length;
    await until(() => over || seen.length > sent);
    const before = fleet.served.length;
    carries.cut();
    say(`The connection breaks after ${seen.length} of ${to}.`);
    const resumed = () => fleet.served.slice(before).find(({ lastEventId }) => ids.has(lastEventId ?? ""));
    await until(() => over || resumed() !== undefined);
    carries = resumed() ?? carries;
  }
  const sent = seen.length;
  await until(() => over || seen.length > sent);
  await fleet.kill(
    carries.instance,
    `which carries the stream of the call that ${works.instance.name} serves`,
  );
  check("the result", await call, `Counted to ${to}.`);
  check(
    "the progress",
    seen,
    Array.from({ length: to }, (_, index) => index + 1),
  );
  say(`The client has seen ${seen.length} of ${to}, each once and in order.`);
  await fleet.restart();
}

/** Whenever the user is asked, the instance that asks dies before the answer. */
async function askUser(fleet: Fleet, client: BankClient): Promise<void> {
  title(`A client of ${client.revision} moves money, which its user has to agree to twice.`);
  const id = `transfer-${client.revision}`;
  const asked: string[] = [];
  const since = fleet.served.length;
  const answered = ({ what }: { what: string }) => what.endsWith("the user's answer");
  let dead = "";
  client.onQuestion = async (message) => {
    asked.push(message);
    const called = asked.length === 1;
    const last = await fleet.latest(called ? ({ what }) => what === "tools/call transfer" : answered, since);
    // Dies between two requests, or in the middle of the one that waits for this answer.
    if (!called || client.revision === "2026-07-28") await last.over;
    const { instance } = last;
    if (!called) say(`${instance.name} has taken over the call where ${dead} left it.`);
    say(`The user is asked: ${message}`);
    await fleet.restart();
    await fleet.kill(instance, "which has asked");
    dead = instance.name;
  };
  const text = await client.call("transfer", { id, amount: 5 });
  check("the result", text, `${id}: moved`);
  check("the questions", asked, ["Move 5?", "Really move 5?"]);
  check("the entries in the ledger", booked(id), ["reserve", "take", "give"]);
  const { instance } = await fleet.latest(answered, since);
  say(`${instance.name} has taken over the call where ${dead} left it.`);
  say(`The client gets "${text}". In the ledger: ${booked(id).join(", ")}.`);
  await fleet.restart();
}

function booked(id: string): (string | undefined)[] {
  if (!existsSync(ledger)) return [];
  const lines = readFileSync(ledger, "utf8").split("\n");
  return lines.filter((line) => line.endsWith(` ${id}`)).map((line) => line.split(" ")[0]);
}

let fleet: Fleet | undefined;
try {
  const shared = { store, secret: randomBytes(32).toString("hex"), ledger };
  fleet = await Fleet.start(["A", "B", "C"], shared, say);
  console.log(
    `Three instances over ${store.replace(/\/\/.*@/, "//")}, behind ${fleet.url} without stickiness:`,
  );
  for (const { name, pid } of fleet.instances) say(`${name} has pid ${pid}`);
  for (const revision of revisions) {
    const client = await BankClient.connect(fleet.url, revision);
    try {
      await callAnywhere(fleet, client);
      // Since 2026-07-28 the stream of a call ends with its connection.
      if (revision === "2025-11-25") await followProgress(fleet, client);
      await askUser(fleet, client);
    } finally {
      await client.close();
    }
  }
} catch (error) {
  noticed.push(error instanceof Error ? error.message : String(error));
} finally {
  await fleet?.stop();
  rmSync(folder, { recursive: true, force: true });
}

title(`${fleet?.served.length ?? 0} requests, ${fleet?.kills ?? 0} kills.`);
if (noticed.length === 0) {
  console.log("No client has noticed anything.");
} else {
  for (const line of noticed) console.log(`A client has noticed: ${line}`);
  process.exitCode = 1;
}
