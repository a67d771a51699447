import { eachSubschema, IN_PLACE } from "../../protocol/schema/keywords.ts";
import { atPointer } from "../../protocol/schema/path.ts";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import type { Dialect } from "./dialect.ts";
import { isPlainObject } from "./json.ts";
import type { JsonSchema } from "./types.ts";

/** A JSON Schema with every reference in it followed. */
export interface ResolvedSchema {
  readonly root: JsonSchema;
  readonly dialect: Dialect | undefined;
  /** What `$ref` and `$dynamicRef` of a schema lead to; schemas without them are absent. */
  readonly targets: ReadonlyMap<JsonSchema, readonly (JsonSchema | boolean)[]>;
}

export interface ResolveOptions {
  /** Undefined for a dialect that only a validator of the user's own knows. */
  dialect: Dialect | undefined;
  where: string;
  /** Whether whoever checks values can work out a `$dynamicRef` across an embedded `$id`. */
  dynamicScopes: boolean;
  maxDepth: number;
  maxSubschemas: number;
  /** Called once for every schema that is reached; throws to refuse it. */
  onSchema(schema: JsonSchema, pointer: string): void;
}

// Never seen by anyone: relative references resolve against it, and nothing else has this scheme.
const BASE = "slipway:/schema";

interface Reference {
  from: JsonSchema;
  keyword: "$ref" | "$dynamicRef";
  reference: string;
  base: string;
  pointer: string;
}

/**
 * Follows every reference of a schema, within the schema only: one that leads out of it is refused, as
 * are references that lead in a circle without ever entering a part of the value, and schemas over the bounds.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#ref-resolution
 */
export function resolveReferences(root: JsonSchema, options: ResolveOptions): ResolvedSchema {
  const { where, dialect } = options;
  const resources = new Map<string, JsonSchema>([[BASE, root]]);
  const anchors = new Map<string, JsonSchema>();
  const seen = new Set<JsonSchema>();
  const references: Reference[] = [];

  function declare(map: Map<string, JsonSchema>, uri: string, schema: JsonSchema, pointer: string): void {
    const other = map.get(uri);
    if (other !== undefined && other !== schema) {
      throw new SchemaError(`${where}: ${uri} is declared a second time at ${pointer}`);
    }
    map.set(uri, schema);
  }

  function walk(schema: unknown, base: string, pointer: string, depth: number): void {
    if (!isPlainObject(schema) || seen.has(schema)) return;
    seen.add(schema);
    if (seen.size > options.maxSubschemas) {
      throw new SchemaError(`${where}: has more than ${options.maxSubschemas} subschemas`);
    }
    if (depth > options.maxDepth) {
      throw new SchemaError(`${where}: has schemas nested more than ${options.maxDepth} deep, at ${pointer}`);
    }
    options.onSchema(schema, pointer);

    let own = base;
    if (typeof schema.$id === "string" && !isReferenceOnly(schema, dialect)) {
      const url = absolute(schema.$id, base);
      if (url === undefined) {
        throw new SchemaError(`${where}: the "$id" ${JSON.stringify(schema.$id)} at ${pointer} is not a URI`);
      }
      const { resource, fragment } = url;
      if (fragment === "") {
        own = resource;
        declare(resources, own, schema, pointer);
      } else {
        declare(anchors, `${resource}#${fragment}`, schema, pointer);
      }
    }
    if (dialect !== "draft-07") {
      for (const anchor of [schema.$anchor, schema.$dynamicAnchor]) {
        if (typeof anchor === "string") declare(anchors, `${own}#${anchor}`, schema, pointer);
      }
    }
    for (const keyword of ["$ref", "$dynamicRef"] as const) {
      const reference = schema[keyword];
      if (typeof reference === "string" && (keyword === "$ref" || dialect !== "draft-07")) {
        references.push({ from: schema, keyword, reference, base: own, pointer });
      }
    }
    eachSubschema(schema, (subschema, place) => {
      walk(subschema, own, pointer + place, depth + 1);
    });
  }

  function follow({ from, keyword, reference, base, pointer }: Reference): JsonSchema | boolean {
    const url = absolute(reference, base);
    const resource = url && resources.get(url.resource);
    const quoted = `the "${keyword}" ${JSON.stringify(reference)} at ${pointer}`;
    if (url === undefined || resource === undefined) {
      throw new SchemaError(
        `${where}: ${quoted} leads out of the schema, and nothing is ever fetched. Put what it refers to under ` +
          '"$defs" and refer to it as "#/$defs/name"',
      );
    }
    const { fragment } = url;
    const target =
      fragment === ""
        ? resource
        : fragment.startsWith("/")
          ? atPointer(resource, fragment)
          : anchors.get(`${url.resource}#${fragment}`);
    if (typeof target !== "boolean" && !isPlainObject(target)) {
      throw new SchemaError(`${where}: ${quoted} leads to no schema`);
    }
    if (target === from) throw new SchemaError(`${where}: ${quoted} leads to itself`);
    // A pointer may lead to where no keyword of ours holds a schema, such as `#/components/schemas/x`.
    walk(target, url.resource, `${pointer}/${keyword}`, 1);
    return target;
  }

  walk(root, BASE, "#", 1);
  const targets = new Map<JsonSchema, (JsonSchema | boolean)[]>();
  // Grows while it is walked: a target may hold references of its own.
  for (const reference of references) {
    const target = follow(reference);
    const known = targets.get(reference.from);
    if (known === undefined) targets.set(reference.from, [target]);
    else known.push(target);
  }
  const dynamic = references.find((reference) => reference.keyword === "$dynamicRef");
  if (!options.dynamicScopes && dynamic !== undefined && new Set(resources.values()).size > 1) {
    throw new SchemaError(
      `${where}: "$dynamicRef" (at ${dynamic.pointer}) together with an embedded "$id" is not supported; use ` +
        '"$ref", or pass a `jsonSchemaValidator` that supports it',
    );
  }
  const resolved = { root, dialect, targets };
  refuseRunaways(resolved, seen, options);
  return resolved;
}

/** In draft-07 a `$ref` hides all that stands beside it. */
export function isReferenceOnly(schema: JsonSchema, dialect: Dialect | undefined): boolean {
  return dialect === "draft-07" && schema.$ref !== undefined;
}

/** A reference as the URI of a resource and a decoded fragment, or undefined when it is none. */
function absolute(reference: string, base: string): { resource: string; fragment: string } | undefined {
  try {
    const url = new URL(reference, base);
    const fragment = decodeURIComponent(url.hash.slice(1));
    url.hash = "";
    return { resource: url.href, fragment };
  } catch {
    return undefined;
  }
}

/**
 * Refuses schemas that cost too much for a single value: those whose references run in a circle on one and the
 * same value, and those whose `anyOf` and the like multiply to more than `maxSubschemas` checks.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#composition-keyword-resource-use
 */
function refuseRunaways(
  { targets }: ResolvedSchema,
  schemas: Iterable<JsonSchema>,
  { where, maxSubschemas, dialect }: ResolveOptions,
): void {
  const costs = new Map<JsonSchema, number>();
  const open = new Set<JsonSchema>();

  function costOf(schema: unknown): number {
    if (!isPlainObject(schema)) return 1;
    const known = costs.get(schema);
    if (known !== undefined) return known;
    if (open.has(schema)) {
      throw new SchemaError(
        `${where}: a "$ref" leads back to itself without entering a property or an item, so that no value could ` +
          "ever be checked",
      );
    }
    open.add(schema);
    let cost = 1;
    for (const target of targets.get(schema) ?? []) cost += costOf(target);
    if (!isReferenceOnly(schema, dialect)) {
      eachSubschema(schema, (subschema, _place, keyword) => {
        if (IN_PLACE.has(keyword)) cost += costOf(subschema);
      });
    }
    open.delete(schema);
    if (cost > maxSubschemas) {
      throw new SchemaError(
        `${where}: its references multiply to more than ${maxSubschemas} schemas that apply to one value`,
      );
    }
    costs.set(schema, cost);
    return cost;
  }

  for (const schema of schemas) costOf(schema);
}
