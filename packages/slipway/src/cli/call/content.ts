import { isDeepStrictEqual } from "node:util";
import type { CallToolResult, ContentBlock, ResourceContents } from "../../client/index.ts";
import { isObject } from "../../protocol/jsonrpc.ts";
import { onOneLine, printable, printableJson } from "../printable.ts";
import type { Style } from "../style.ts";
import type { Files } from "./files.ts";

export interface Reading {
  readonly style: Style;
  /** Whether a terminal shows it; texts go into a pipe as they are. */
  readonly onTerminal: boolean;
  /** Where pictures and the like are put; undefined: they are only told of. */
  readonly files: Files | undefined;
}

/** A tool's result, part by part. */
export async function resultParts(result: CallToolResult, reading: Reading): Promise<string[]> {
  const { structuredContent } = result;
  const content = Array.isArray(result.content) ? result.content : [];
  const parts: string[] = [];
  for (const block of content) parts.push(await blockPart(block, reading));
  // Most servers repeat as text what they say in structure.
  const repeated = content.some((block) => block?.type === "text" && says(block.text, structuredContent));
  if (structuredContent !== undefined && !repeated) parts.push(printableJson(structuredContent, 2));
  return parts;
}

function says(text: string, value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), value);
  } catch {
    return false;
  }
}

export async function blockPart(block: ContentBlock, reading: Reading): Promise<string> {
  switch (block?.type) {
    case "text":
      return textPart(block.text, reading);
    case "image":
    case "audio":
      return binaryPart(block.type, block.data, block.mimeType, reading);
    case "resource":
      return resourcePart(block.resource, reading);
    case "resource_link": {
      const about = [block.title ?? block.name, block.mimeType, block.description];
      const text = about.filter((part) => part !== undefined).join(", ");
      return reading.style.cyan(onOneLine(block.uri)) + reading.style.dim(` (${onOneLine(text)})`);
    }
    default:
      return printableJson(block, 2);
  }
}

export async function resourcePart(contents: ResourceContents, reading: Reading): Promise<string> {
  if (!isObject(contents)) return printableJson(contents);
  if ("text" in contents) return textPart(contents.text, reading);
  return binaryPart(onOneLine(contents.uri), contents.blob, contents.mimeType, reading);
}

function textPart(text: unknown, { onTerminal }: Reading): string {
  return onTerminal ? printable(text) : String(text);
}

async function binaryPart(
  what: string,
  base64: string,
  mimeType: string | undefined,
  { style, files }: Reading,
): Promise<string> {
  const bytes = Buffer.from(String(base64), "base64");
  const where =
    files === undefined ? "--out FOLDER saves it" : `saved as ${await files.save(bytes, mimeType)}`;
  return style.dim(
    `[${what}, ${onOneLine(mimeType ?? "of unknown type")}, ${sizeOf(bytes.length)}; ${where}]`,
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
