import fc from "fast-check";
import { nastyString } from "./nasty.ts";

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface HeaderChange {
  readonly name: string;
  /** Left out: the header is. */
  readonly value?: string;
  /** Whether the header stays as it is, and comes a second time. */
  readonly twice: boolean;
}

const NAMES = [
  "content-type",
  "accept",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
  "mcp-session-id",
  "mcp-param-region",
  "mcp-param-shard",
  "mcp-param-zone",
  "mcp-param-unknown",
  "last-event-id",
  "origin",
  "host",
  "authorization",
  "x-forwarded-host",
] as const;

const VALUES = [
  "application/json",
  "application/json; charset=utf-8",
  "APPLICATION/JSON",
  "text/event-stream",
  "text/plain",
  "*/*",
  "application/json;q=0, text/event-stream",
  "application/*, text/*",
  "2026-07-28",
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
  "2026-07-28, 2026-07-28",
  "tools/call",
  "tools/list",
  "echo",
  "routed",
  "eu",
  "7",
  "7.0",
  "007",
  "true",
  "http://localhost",
  "http://evil.example",
  "null",
  "localhost:80",
  "evil.example",
  "$session",
  "$event",
  "_0",
  "a_1",
] as const;

/** What a header's value may hold at all: whoever sends another is stopped by HTTP itself. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isSendable(value: string): boolean {
  return SENDABLE.test(value);
}

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: nastyString.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?")) },
);

const change: fc.Arbitrary<HeaderChange> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ name: fc.constantFrom(...NAMES), twice: fc.constant(false) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constantFrom(...NAMES),
      value,
      twice: fc.oneof(
        { weight: 3, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    }),
  },
);

/** Mostly nothing, so that most messages come to where they are read. */
export const headerChanges: fc.Arbitrary<readonly HeaderChange[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(change, { minLength: 1, maxLength: 2 }) },
);

export function changed(headers: HeaderList, changes: readonly HeaderChange[]): HeaderList {
  return changes.reduce<HeaderList>((list, { name, value, twice }) => {
    const kept = twice ? list : list.filter(([each]) => each !== name);
    return value === undefined ? kept : [...kept, [name, value]];
  }, headers);
}

/** As a client of 2026-07-28 writes a value that a header cannot hold. */
export function encoded(value: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  if (plain && !(value.startsWith("=?base64?") && value.endsWith("?="))) return value;
  return `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;
}

const NAMED: { readonly [method: string]: string } = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};

/** Where the arguments are that the tool `routed` has in headers. */
const ROUTED = [
  ["mcp-param-region", ["region"]],
  ["mcp-param-shard", ["shard"]],
  ["mcp-param-dry", ["dry"]],
  ["mcp-param-zone", ["place", "zone"]],
] as const;

/** The headers that belong to a message of 2026-07-28, whatever has become of it. */
export function fitting(text: string): HeaderList {
  const body = parsed(text) as { method?: unknown; params?: { [name: string]: unknown } } | undefined;
  const method = body?.method;
  if (typeof method !== "string") return [];
  const headers: [string, string][] = [["mcp-method", encodeURI(method.replace(/[^\x21-\x7e]/g, "?"))]];
  if (isSendable(method)) headers[0] = ["mcp-method", method];
  const name = body?.params?.[Object.hasOwn(NAMED, method) ? (NAMED[method] as string) : ""];
  if (typeof name === "string") headers.push(["mcp-name", encoded(name)]);
  if (method !== "tools/call" || name !== "routed") return headers;
  for (const [header, path] of ROUTED) {
    let at: unknown = body?.params?.["arguments"];
    for (const key of path)
      at = typeof at === "object" && at !== null ? (at as { [key: string]: unknown })[key] : undefined;
    if (["string", "number", "boolean"].includes(typeof at)) headers.push([header, encoded(String(at))]);
  }
  return headers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
