import fc from "fast-check";
import { accepts } from "../../../packages/slipway/src/http/guards.ts";
import { checkParamHeaders } from "../../../packages/slipway/src/http/modern-headers.ts";
import { RpcError } from "../../../packages/slipway/src/protocol/errors.ts";
import { isMetaKey } from "../../../packages/slipway/src/protocol/meta-key.ts";
import { fromBase64Url, toBase64, toBase64Url } from "../../../packages/slipway/src/server/base64.ts";
import { InvalidCursorError, paginate } from "../../../packages/slipway/src/server/pagination.ts";
import { isUri } from "../../../packages/slipway/src/server/uri.ts";
import * as memoryIds from "../../../packages/slipway/src/stores/memory/event-id.ts";
import * as redisIds from "../../../packages/slipway/src/stores/redis/event-id.ts";
import * as sqlIds from "../../../packages/slipway/src/stores/sql/event-id.ts";
import { fault } from "../fault.ts";
import { encoded, isSendable } from "../generate/headers.ts";
import { nastyString, wellFormed } from "../generate/nasty.ts";
import type { Target } from "../target.ts";

const base64Text = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= \n"), maxLength: 12 }),
  nastyString,
);

interface Base64Case {
  readonly bytes: readonly number[];
  readonly text: string;
}

/** Base64 for URLs and plain, held to Node's own. */
export const base64: Target<Base64Case> = {
  name: "base64",
  share: 8,
  cases: fc.record({ bytes: fc.array(fc.nat({ max: 255 }), { maxLength: 40 }), text: base64Text }),
  open: () => ({
    run: ({ bytes, text }) => {
      const buffer = Buffer.from(bytes);
      const url = toBase64Url(buffer);
      if (url !== buffer.toString("base64url") || toBase64(buffer) !== buffer.toString("base64"))
        fault("Bytes are encoded otherwise", bytes, url);
      const back = fromBase64Url(url);
      if (back === undefined || Buffer.compare(buffer, back) !== 0)
        fault("Bytes do not come back", bytes, url);
      const canonical = Buffer.from(text, "base64url").toString("base64url") === text;
      if ((fromBase64Url(text) !== undefined) !== canonical) fault("A text is decoded wrongly", text);
    },
  }),
};

interface CursorCase {
  readonly keys: readonly string[];
  readonly pageSize: number;
  readonly cursor: string;
}

/** Cursors of pages: all pages together are the list, and what was not issued is refused. */
export const cursors: Target<CursorCase> = {
  name: "cursors",
  share: 5,
  cases: fc.record({
    keys: fc.array(nastyString, { maxLength: 8 }),
    pageSize: fc.integer({ min: 1, max: 4 }),
    cursor: fc.oneof(
      base64Text,
      fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text).toString("base64url")),
      fc
        .tuple(nastyString, nastyString)
        .map((parts) => Buffer.from(JSON.stringify([1, ...parts])).toString("base64url")),
    ),
  }),
  open: () => ({
    run: ({ keys, pageSize, cursor }) => {
      const found: string[] = [];
      for (let at: string | undefined, nth = 0; nth === 0 || at !== undefined; nth++) {
        if (nth > keys.length) fault("The pages of a list have no end", keys);
        const page = paginate(keys, (key) => key, at, pageSize, "list");
        found.push(...page.items);
        at = page.nextCursor;
      }
      if (JSON.stringify(found) !== JSON.stringify([...keys].sort(byCodeUnits)))
        fault("The pages are not the list", keys, found);
      try {
        paginate(keys, (key) => key, cursor, pageSize, "list");
        const [version, list] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
        if (version !== 1 || list !== "list") fault("A cursor of elsewhere is taken", cursor);
      } catch (error) {
        if (!(error instanceof InvalidCursorError)) throw error;
      }
    },
  }),
};

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

interface IdCase {
  readonly stream: string;
  readonly number: number;
  readonly text: string;
}

/** Ids of events, of all stores: what was made is read, and what was not made is not. */
export const eventIds: Target<IdCase> = {
  name: "event-ids",
  share: 5,
  cases: fc.record({
    stream: nastyString,
    number: fc.nat(),
    text: fc.oneof(nastyString, fc.string({ unit: fc.constantFrom(..."_-0195ae. \n"), maxLength: 20 })),
  }),
  open: () => ({
    run: ({ stream, number, text }) => {
      const place = (found: { streamId: string } | undefined) => found?.streamId;
      const memory = memoryIds.parseEventId(memoryIds.formatEventId(stream, number));
      const redis = redisIds.parseEventId(redisIds.formatEventId(stream, `${number}-0`));
      const sql = sqlIds.parseEventId(sqlIds.formatEventId(stream, number + 1, number));
      if (place(memory) !== stream || memory?.sequence !== number)
        fault("An id of memory is lost", stream, number);
      if (place(redis) !== stream || redis?.entryId !== `${number}-0`)
        fault("An id of Redis is lost", stream);
      if (place(sql) !== stream || sql?.sequence !== number || sql.log !== number + 1)
        fault("An id of SQL is lost", stream, number);
      const [a, b, c] = [
        memoryIds.parseEventId(text),
        redisIds.parseEventId(text),
        sqlIds.parseEventId(text),
      ];
      if (a !== undefined && memoryIds.formatEventId(a.streamId, a.sequence) !== text)
        fault("Not one spelling", text);
      if (b !== undefined && redisIds.formatEventId(b.streamId, b.entryId) !== text)
        fault("Not one spelling", text);
      if (c !== undefined && sqlIds.formatEventId(c.streamId, c.log, c.sequence) !== text)
        fault("Not one spelling", text);
    },
  }),
};

interface HeaderCase {
  readonly region: unknown;
  readonly shard: unknown;
  readonly raw: string;
  readonly accept: string;
}

const PARAMS = [
  { header: "mcp-param-region", name: "Region", path: ["region"], type: "string" },
  { header: "mcp-param-shard", name: "Shard", path: ["place", "shard"], type: "integer" },
] as const;

/** Headers that mirror arguments, with the Base64 of 2026-07-28, and other small texts that are parsed. */
export const headerValues: Target<HeaderCase> = {
  name: "header-values",
  share: 8,
  cases: fc.record({
    region: fc.oneof(
      { weight: 3, arbitrary: nastyString },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    ),
    shard: fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    ),
    raw: fc.oneof(
      nastyString,
      base64Text.map((text) => `=?base64?${text}?=`),
    ),
    accept: fc.oneof(
      nastyString,
      fc
        .array(
          fc.constantFrom("*/*", "text/*", "text/event-stream", ",", ";", "q=0", "q=0.0", " ", "TEXT/"),
          { maxLength: 6 },
        )
        .map((parts) => parts.join("")),
    ),
  }),
  open: () => ({
    run: ({ region, shard, raw, accept }) => {
      const written = typeof region === "string" ? encoded(wellFormed(region)) : undefined;
      const args = { region: typeof region === "string" ? wellFormed(region) : region, place: { shard } };
      const plain = shard === null ? undefined : String(shard);
      const safe =
        typeof shard !== "number" || (Number.isSafeInteger(shard) && /^-?\d+$/.test(String(shard)));
      if ((typeof region === "string" || region === null) && safe && !same(args, written, plain))
        fault("Headers that fit are refused", args);
      if (
        isSendable(raw) &&
        typeof region === "string" &&
        same(args, raw, plain) &&
        meaning(raw) !== args.region
      )
        fault("Headers that do not fit are taken", args, raw);
      accepts(accept, "text/event-stream");
      isMetaKey(raw);
      if (isUri(raw) && !URL.canParse(raw)) fault("A URI that is none", raw);
    },
  }),
};

function same(args: object, region: string | undefined, shard: string | undefined): boolean {
  const headers = new Map([
    ["mcp-param-region", region],
    ["mcp-param-shard", shard],
  ]);
  const exchange = { header: (name: string) => headers.get(name) } as never;
  const request = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { arguments: args } } as const;
  try {
    checkParamHeaders(exchange, request, PARAMS as never);
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.code === -32020) return false;
    throw error;
  }
}

/** What a header says. */
function meaning(raw: string): string {
  const [, base64] = /^=\?base64\?(.*)\?=$/s.exec(raw) ?? [];
  return base64 === undefined ? raw : Buffer.from(base64, "base64").toString("utf8");
}
