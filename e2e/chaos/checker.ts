import type { CallSeen, Entry, History, TrialSeen, WatchSeen } from "./history.ts";

const STEPS = { count: [], slow: [], ask: ["reserve", "commit"], work: ["one", "two", "commit"] } as const;

/** All that a history shows which must never happen, in words. Empty: it is as promised. */
export function violations({ seen, ledger }: History): string[] {
  const entries = grouped(ledger, ({ key }) => key);
  return [
    ...seen.flatMap((each) =>
      each.type === "call" ? ofCall(each, entries.get(each.key) ?? []) : ofOthers(each),
    ),
    ...[...entries].flatMap(([key, own]) => ofSteps(key, own)),
  ];
}

function ofOthers(each: TrialSeen | WatchSeen): string[] {
  if (each.type === "trial")
    return each.status < 400 ? [`${each.subject} got ${each.status} for ${each.what}`] : [];
  const found = each.strange.map((uri) => `${each.subject} was told of ${uri}, which it does not watch`);
  if (!each.told) found.push(`${each.subject} was not told of a change after all was over`);
  return found;
}

function ofCall(call: CallSeen, entries: readonly Entry[]): string[] {
  const { key, tool, subject, progress, to, end, text } = call;
  const found: string[] = [];
  if (end === undefined) found.push(`${key} never ended${text === undefined ? "" : `: ${text}`}`);
  const places = progress.map(({ at }) => at);
  if (places.some((at, index) => at !== index + 1))
    found.push(`${key} was told of ${places.join(" ")}: lost, repeated or out of order`);
  if (end === "result" && places.length !== to)
    found.push(`${key} has its result after ${places.length} of ${to} events`);
  found.push(...ofTask(call));
  const others = progress.filter((each) => each.subject !== subject);
  if (others.length > 0) found.push(`${key} of ${subject} was told of what is ${others[0]?.subject}'s`);
  if (end !== "result") return found;
  for (const step of STEPS[tool]) {
    if (!entries.some((entry) => entry.step === step && entry.what === "effect"))
      found.push(`${key} has a result, and its step ${step} was never done`);
  }
  const answer = entries.find(({ step }) => step === "commit")?.nonce;
  if (STEPS[tool].length > 0 && text !== `${key} ${answer}`)
    found.push(`${key} ended with "${text}", its step with the answer ${answer}`);
  return found;
}

const ENDS = ["completed", "failed", "cancelled"];

/** A task that was made is known until its time is over, ends once, and says so no later than it gives its result. */
function ofTask({ key, statuses, end, text }: CallSeen): string[] {
  if (statuses === undefined) return [];
  const found: string[] = [];
  const ended = statuses.findIndex((status) => ENDS.includes(status));
  if (ended !== -1 && ended < statuses.length - 1)
    found.push(`${key} has a task that went on after its end: ${statuses.join(" ")}`);
  if (end === "error" && /not found/i.test(text ?? "")) found.push(`${key} has lost its task: ${text}`);
  if (end === "result" && statuses.at(-1) !== "completed")
    found.push(`${key} has a result, and its task is ${statuses.at(-1)}`);
  return found;
}

function ofSteps(key: string, entries: readonly Entry[]): string[] {
  const found: string[] = [];
  const settled = new Set<string>();
  const nonces = new Map<string, string | undefined>();
  for (const { step, what, nonce } of entries) {
    if (what === "settled") {
      settled.add(step);
      continue;
    }
    if (settled.has(step)) found.push(`${key} did its step ${step} again after it was kept`);
    if (nonces.has(step) && nonces.get(step) !== nonce)
      found.push(`${key} used two answers: ${nonces.get(step)} and ${nonce}`);
    nonces.set(step, nonce);
  }
  return found;
}

/** Steps whose process ended between what they do and the record of it: no system can know that they were done. */
export function unknowable({ ledger }: History): number {
  const effects = grouped(
    ledger.filter(({ what }) => what === "effect"),
    ({ key, step }) => `${key} ${step}`,
  );
  return [...effects.values()].reduce((sum, each) => sum + each.length - 1, 0);
}

/** Calls that more than one process has worked on. */
export function takeovers({ ledger }: History): number {
  const calls = grouped(ledger, ({ key }) => key);
  return [...calls.values()].filter((entries) => new Set(entries.map(({ pid }) => pid)).size > 1).length;
}

function grouped(entries: readonly Entry[], nameOf: (entry: Entry) => string): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = nameOf(entry);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [entry]);
    else group.push(entry);
  }
  return groups;
}
