import { clip } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import { isMetaKey } from "../protocol/meta-key.ts";
import type { ContentBlock } from "../protocol/types.ts";
import { isUri } from "./uri.ts";

/**
 * What is wrong with something that a handler made, or a client answered, in words; `undefined` when nothing is.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema#contentblock
 */
export type Problem = string | undefined;

const BLOCKS: ReadonlyMap<unknown, (block: { readonly [key: string]: unknown }) => Problem> = new Map([
  [
    "text",
    (block) => (typeof block["text"] === "string" ? undefined : member("text", "a string", block["text"])),
  ],
  ["image", mediaProblem],
  ["audio", mediaProblem],
  ["resource_link", linkProblem],
  ["resource", (block) => within("resource", resourceContentsProblem(block["resource"]))],
]);

/** Whether a value says that it is a content block of MCP; it may still be a malformed one. */
export function isBlock(value: unknown): value is ContentBlock {
  return isObject(value) && BLOCKS.has(value["type"]);
}

export function contentProblem(value: unknown): Problem {
  if (!isObject(value)) return `expected a content block, got ${describe(value)}`;
  const problemOf = BLOCKS.get(value["type"]);
  if (problemOf === undefined) {
    return `expected "type" to be one of ${[...BLOCKS.keys()].join(", ")}, got ${shown(value["type"])}`;
  }
  return problemOf(value) ?? within("annotations", annotationsProblem(value["annotations"]));
}

/** What came, as an error repeats it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(clip(value, 40)) : describe(value);
}

/** The same for a block of the server's own, whose metadata it answers for. */
export function ownContentProblem(value: unknown): Problem {
  const problem = contentProblem(value);
  if (problem !== undefined) return problem;
  const { _meta, resource } = value as { readonly [key: string]: unknown };
  return (
    metaProblem(_meta) ??
    (isObject(resource) ? within("resource", metaProblem(resource["_meta"])) : undefined)
  );
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#meta */
export function metaProblem(meta: unknown): Problem {
  if (meta === undefined) return undefined;
  if (!isObject(meta)) return member("_meta", "an object", meta);
  const wrong = Object.keys(meta).find((key) => !isMetaKey(key));
  if (wrong === undefined) return undefined;
  return `expected the keys of "_meta" to be like "name" or "com.example/name", got ${JSON.stringify(wrong.slice(0, 80))}`;
}

/** The first problem in a list, with its place. */
export function firstProblem<T>(list: readonly T[], name: string, problemOf: (item: T) => Problem): Problem {
  for (const [index, item] of list.entries()) {
    const problem = problemOf(item);
    if (problem !== undefined) return `${name}[${index}]: ${problem}`;
  }
  return undefined;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/schema#textresourcecontents */
export function resourceContentsProblem(value: unknown): Problem {
  if (!isObject(value)) return `expected the contents of a resource, got ${describe(value)}`;
  const { uri, mimeType, text, blob } = value;
  if (!isUri(uri)) return member("uri", "an absolute URI", uri);
  if (mimeType !== undefined && !isMediaType(mimeType)) return member("mimeType", "a media type", mimeType);
  if ((text === undefined) === (blob === undefined)) return 'expected either "text" or "blob"';
  if (blob === undefined) return typeof text === "string" ? undefined : member("text", "a string", text);
  return isBase64(blob) ? undefined : member("blob", "Base64", blob);
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/schema#annotations */
export function annotationsProblem(value: unknown): Problem {
  if (value === undefined) return undefined;
  if (!isObject(value)) return `expected an object, got ${describe(value)}`;
  const { lastModified } = value;
  if (lastModified === undefined || lastModified instanceof Date || isIsoDate(lastModified)) return undefined;
  return member("lastModified", 'an ISO 8601 time such as "2025-01-12T15:00:58Z"', lastModified);
}

function mediaProblem({ data, mimeType }: { readonly [key: string]: unknown }): Problem {
  if (!isBase64(data)) return member("data", "Base64", data);
  return isMediaType(mimeType) ? undefined : member("mimeType", 'a media type such as "image/png"', mimeType);
}

function linkProblem({ uri, name }: { readonly [key: string]: unknown }): Problem {
  if (!isUri(uri)) return member("uri", "an absolute URI", uri);
  return typeof name === "string" ? undefined : member("name", "a string", name);
}

function member(name: string, expected: string, came: unknown): string {
  return `expected "${name}" to be ${expected}, got ${shown(came)}`;
}

function within(name: string, problem: Problem): Problem {
  return problem === undefined ? undefined : `${name}: ${problem}`;
}

/** Padded, in the standard alphabet. */
function isBase64(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.length % 4 === 0 &&
    !/[^A-Za-z0-9+/]/.test(value.replace(/={1,2}$/, ""))
  );
}

function isMediaType(value: unknown): boolean {
  return typeof value === "string" && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+ *(?:;.*)?$/.test(value);
}

// A date, or a date and a time, with or without the offset.
const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function isIsoDate(value: unknown): boolean {
  return typeof value === "string" && ISO_8601.test(value) && !Number.isNaN(Date.parse(value));
}
