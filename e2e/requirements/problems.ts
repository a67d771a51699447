import type { CitingTest } from "./titles.ts";
import { LATER_SUBJECTS, type Requirement } from "./types.ts";

/** Requirements that bind the runtime and that no test cites, each with what a test would have to do. */
export function notShown(requirements: readonly Requirement[], tests: readonly CitingTest[]): string[] {
  const cited = new Set(tests.flatMap(({ ids }) => ids));
  return requirements.flatMap(({ id, level, check, later }) =>
    check === undefined || later !== undefined || cited.has(id) ? [] : `${id} (${level}): ${check}`,
  );
}

/** Requirements that wait for a subject which the runtime does not have yet, with what it is. */
export function putOff(requirements: readonly Requirement[]): string[] {
  return requirements.flatMap(({ id, level, later }) =>
    later === undefined ? [] : `${id} (${level}): ${later}`,
  );
}

/** Requirements that wait for their subject, although a test shows them already. */
export function shownTooSoon(requirements: readonly Requirement[], tests: readonly CitingTest[]): string[] {
  const waiting = new Set(requirements.flatMap(({ id, later }) => (later === undefined ? [] : id)));
  return tests.flatMap(({ test, ids }) => ids.filter((id) => waiting.has(id)).map((id) => `${id}: ${test}`));
}

/** Requirements that bind the author only, although a test claims to show them. */
export function shownAfterAll(requirements: readonly Requirement[], tests: readonly CitingTest[]): string[] {
  const authors = new Set(requirements.flatMap(({ id, bindsAuthor }) => (bindsAuthor ? id : [])));
  return tests.flatMap(({ test, ids }) => ids.filter((id) => authors.has(id)).map((id) => `${id}: ${test}`));
}

/** Cited ids that the manifest does not have. */
export function unknownIds(requirements: readonly Requirement[], tests: readonly CitingTest[]): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  return tests.flatMap(({ test, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${id}: ${test}`));
}

/** Ids that stand for more than one requirement. */
export function repeatedIds(requirements: readonly Requirement[]): string[] {
  const seen = new Set<string>();
  return requirements.flatMap(({ id }) => {
    const repeated = seen.has(id);
    seen.add(id);
    return repeated ? id : [];
  });
}

/** Entries that are not what the types and the README promise. */
export function malformed(revision: string, requirements: readonly Requirement[]): string[] {
  const id = new RegExp(`^${revision}(/[a-z0-9]+(-[a-z0-9]+)*){2}$`);
  const place = new RegExp(
    `^https://modelcontextprotocol\\.io/specification/${revision}(/[a-z-]+)*(#[\\w.%-]+)?$`,
  );
  const sentence = /^[A-Z"`-].*\.$/;
  return requirements.flatMap((requirement) => {
    const wrong: string[] = [];
    if (!id.test(requirement.id)) wrong.push(`the id is not ${revision}/<area>/<what> in kebab-case`);
    if (!place.test(requirement.place)) wrong.push(`the place is not in the specification of ${revision}`);
    if (!sentence.test(requirement.text)) wrong.push("the text is not a sentence");
    const filled = requirement.bindsAuthor ? requirement.reason : requirement.check;
    if (!filled?.trim()) wrong.push("there is neither a check nor a reason why only the author can keep it");
    const { later } = requirement;
    if (later !== undefined && !LATER_SUBJECTS.includes(later)) {
      wrong.push(`what it waits for is not one of ${LATER_SUBJECTS.join(", ")}`);
    }
    return wrong.map((what) => `${requirement.id}: ${what}`);
  });
}
