/** How long something may take that the adapter has promised, in milliseconds. */
const PATIENCE_MS = 10_000;

export function assert(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Error(`Expected that ${expectation}.`);
}

/** Compares JSON values by what they hold, and names the first place where they differ. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const found = difference(actual, expected, "");
  if (found === undefined) return;
  const place = found.path === "" ? what : `${found.path} in ${what}`;
  throw new Error(`Expected ${place} to be ${show(found.expected)}, got ${show(found.actual)}.`);
}

export function assertString(value: unknown, what: string): asserts value is string {
  if (typeof value !== "string") throw new Error(`Expected ${what} to be a string, got ${show(value)}.`);
}

/** Asserts that the work throws or rejects with an error of this class, and gives the error. */
export async function assertRejects<E extends Error>(
  work: () => unknown,
  errorClass: new (message?: string) => E,
  what: string,
): Promise<E> {
  const outcome = await settle(work);
  if (outcome.status === "rejected" && outcome.reason instanceof errorClass) return outcome.reason;
  const actual =
    outcome.status === "rejected"
      ? `it rejected with ${show(outcome.reason)}`
      : `it gave ${show(outcome.value)}`;
  throw new Error(`Expected ${what} to reject with ${errorClass.name}, but ${actual}.`);
}

/** How the work ends, whether it throws, rejects, or gives a value now or later. */
export async function settle<T>(work: () => T | Promise<T>): Promise<PromiseSettledResult<T>> {
  try {
    return { status: "fulfilled", value: await work() };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

/** Does the work `count` times at once. */
export function atOnce<T>(count: number, work: (index: number) => T | Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => work(index)));
}

/** Does both at once: in even rounds begins with the first, in odd ones with the other. */
export async function bothOrders<A, B>(
  round: number,
  one: () => A | Promise<A>,
  other: () => B | Promise<B>,
): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([begin(one), begin(other)]);
  const [second, first] = await Promise.all([begin(other), begin(one)]);
  return [first, second];
}

async function begin<T>(work: () => T | Promise<T>): Promise<T> {
  return work();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The promise's outcome, or an error when it does not come in time. */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Expected ${what} to end within ${ms} ms, it goes on.`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tries until the answer is `true`. */
export async function eventually(attempt: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let delay = 1; !(await attempt()); delay = Math.min(delay * 2, 100)) {
    if (Date.now() > deadline)
      throw new Error(`Expected that ${what}, it was not so after ${PATIENCE_MS} ms.`);
    await pause(delay);
  }
}

interface Difference {
  /** `""` for the values themselves. */
  readonly path: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

function difference(actual: unknown, expected: unknown, path: string): Difference | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isContainer(actual) || !isContainer(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return { path, actual, expected };
  }
  const left = members(actual);
  const right = members(expected);
  for (const key of new Set([...right.keys(), ...left.keys()])) {
    const found = difference(left.get(key), right.get(key), `${path}[${JSON.stringify(key)}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What JSON would hold of an object: a member without a value is no member. */
function members(object: object): Map<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined));
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
