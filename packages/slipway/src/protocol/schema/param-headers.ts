import { isObject } from "../jsonrpc.ts";
import type { JsonSchema } from "./json-schema.ts";
import { eachSubschema } from "./keywords.ts";
import { formatPath, pointerToken } from "./path.ts";
import { SchemaError } from "./schema-error.ts";

/** A tool parameter that clients repeat in an HTTP header. */
export interface ParamHeader {
  /** The header in lower case, such as `mcp-param-region`. */
  header: string;
  /** The name as it was annotated, such as `Region`. */
  name: string;
  /** The keys that lead from the arguments to the value. */
  path: string[];
  type: ParamHeaderType;
}

type ParamHeaderType = "string" | "integer" | "boolean";

const ANNOTATION = "x-mcp-header";
const TYPES: ReadonlySet<unknown> = new Set<ParamHeaderType>(["string", "integer", "boolean"]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * The parameters of a tool that are annotated with `x-mcp-header`, in the order of the schema. Throws
 * {@link SchemaError} for an annotation that a client would have to refuse together with its tool: a name that
 * is empty, no HTTP token, or used twice in any case; a type other than string, integer and boolean; a place that
 * is not reached from the root through `properties` alone.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header
 */
export function mcpParamHeaders(json: JsonSchema, where = "input schema"): ParamHeader[] {
  const headers = new Map<string, ParamHeader>();

  function collect(schema: JsonSchema, path: string[], pointer: string): void {
    if (Object.hasOwn(schema, ANNOTATION)) add(schema, path);
    eachSubschema(schema, (subschema, place, keyword) => {
      if (!isObject(subschema)) return;
      if (keyword !== "properties") refuse(subschema, pointer + place);
    });
    const { properties } = schema;
    if (!isObject(properties)) return;
    for (const [name, property] of Object.entries(properties)) {
      const place = `${pointer}/properties/${pointerToken(name)}`;
      if (isObject(property)) collect(property, [...path, name], place);
    }
  }

  function refuse(schema: JsonSchema, pointer: string): void {
    if (Object.hasOwn(schema, ANNOTATION)) {
      throw new SchemaError(
        `${where}: the "${ANNOTATION}" at ${pointer} must stand on a property that is reached from the root through ` +
          '"properties" alone, not through items, a composition, a condition, a definition or a "$ref"',
      );
    }
    eachSubschema(schema, (subschema, place) => {
      if (isObject(subschema)) refuse(subschema, pointer + place);
    });
  }

  function add(schema: JsonSchema, path: string[]): void {
    const { type, [ANNOTATION]: name } = schema;
    if (path.length === 0) {
      throw new SchemaError(`${where}: "${ANNOTATION}" stands at the root; expected it on a property`);
    }
    const property = `the property ${formatPath(path)}`;
    if (typeof name !== "string" || !TOKEN.test(name)) {
      throw new SchemaError(
        `${where}: the "${ANNOTATION}" of ${property} is ${JSON.stringify(name)}; expected the name of an HTTP ` +
          "header: at least one letter, digit or !#$%&'*+-.^_`|~, and nothing else",
      );
    }
    if (!isParamHeaderType(type)) {
      throw new SchemaError(
        `${where}: ${property} has "${ANNOTATION}" and the type ${JSON.stringify(type) ?? "none"}; expected ` +
          '"type": "string", "integer" or "boolean", directly beside it',
      );
    }
    const header = `mcp-param-${name.toLowerCase()}`;
    const other = headers.get(header);
    if (other !== undefined) {
      throw new SchemaError(
        `${where}: ${property} and ${formatPath(other.path)} have the same "${ANNOTATION}" ${JSON.stringify(name)} ` +
          "(upper and lower case are the same); expected each name once",
      );
    }
    headers.set(header, { header, name, path, type });
  }

  collect(json, [], "#");
  return [...headers.values()];
}

function isParamHeaderType(type: unknown): type is ParamHeaderType {
  return TYPES.has(type);
}
