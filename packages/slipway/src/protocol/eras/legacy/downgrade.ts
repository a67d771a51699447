import type { Annotations, ContentBlock, ResourceContents } from "../../types.ts";

/** Members of `value` whose names are in `known`, in the value's own order. */
export function pick(value: { readonly [key: string]: unknown }, known: ReadonlySet<string>): object {
  const out: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) if (known.has(key)) out[key] = value[key];
  return out;
}

/** A link, for clients whose revision has no `resource_link`: the URI as text, which a model can use. */
export function linkAsText(block: ContentBlock): ContentBlock {
  if (block.type !== "resource_link") return block;
  const label = block.title ?? block.name;
  return { type: "text", text: `${label}: ${block.uri}` };
}

/** Audio, for clients whose revision has none: the same bytes as an embedded resource. */
export function audioAsResource(block: ContentBlock): ContentBlock {
  if (block.type !== "audio") return block;
  return {
    type: "resource",
    resource: { uri: `data:${block.mimeType};base64,`, mimeType: block.mimeType, blob: block.data },
  };
}

/** A block without what came with 2025-11-25. */
export function withoutIcons(block: ContentBlock): ContentBlock {
  if (block.type !== "resource_link" || block.icons === undefined) return block;
  const { icons: _, ...rest } = block;
  return rest;
}

/** A block without the members that came with 2025-06-18. */
export function plainBlock(block: ContentBlock): ContentBlock {
  const { _meta, ...rest } = withPlainAnnotations(block);
  return rest.type === "resource" ? { ...rest, resource: plainContents(rest.resource) } : rest;
}

/** Contents without the metadata that came with 2025-06-18. */
export function plainContents(contents: ResourceContents): ResourceContents {
  const { _meta, ...rest } = contents;
  return rest;
}

/** Without `lastModified`, which came with 2025-06-18. */
export function withPlainAnnotations<T extends { readonly annotations?: unknown }>(annotated: T): T {
  const annotations = annotated.annotations as Annotations | undefined;
  if (annotations?.lastModified === undefined) return annotated;
  const { lastModified: _, ...rest } = annotations;
  return { ...annotated, annotations: rest };
}

interface RequestedSchema {
  readonly properties?: { readonly [name: string]: { readonly [keyword: string]: unknown } };
}

/**
 * A requested schema for clients that know neither titled choices as `oneOf` nor several choices at once.
 * @see https://modelcontextprotocol.io/specification/2025-06-18/client/elicitation#requested-schema
 */
export function withoutTitledChoices(schema: RequestedSchema): object | { cannot: string } {
  const properties: { [name: string]: unknown } = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property["type"] === "array") {
      return { cannot: `its revision has no choice of several values, which "${name}" asks for` };
    }
    const choices = property["oneOf"];
    if (!Array.isArray(choices)) {
      properties[name] = property;
      continue;
    }
    const { oneOf: _, ...rest } = property;
    properties[name] = {
      ...rest,
      enum: choices.map((choice: { const: unknown }) => choice.const),
      enumNames: choices.map((choice: { title?: unknown; const: unknown }) => choice.title ?? choice.const),
    };
  }
  return { ...schema, properties };
}
