import type { Dialect } from "./dialect.ts";
import { isPlainObject } from "./json.ts";
import { measure, NOT_JSON, TOO_DEEP } from "./json-value.ts";
import type { JsonSchemaLibrary } from "./library.ts";
import { issuesOf } from "./library-issues.ts";
import { JSON_SCHEMA_LIMITS } from "./limits.ts";
import type { JsonSchema } from "./types.ts";
import type { Validation } from "./validation.ts";

// Above this size only the first problems are listed, since every problem costs.
const MAX_VALUES_TO_LIST_ALL = 1_000;

/** Checks values with the library; `schema` is self-contained and becomes the library's. */
export function checkWith(
  library: JsonSchemaLibrary,
  schema: JsonSchema,
  dialect: Dialect,
): (value: unknown) => Validation {
  const draft = dialect === "draft-07" ? "7" : dialect;
  const first = new library.Validator(schema, draft, true);
  const all = new library.Validator(schema, draft, false);
  let references = 0;
  countReferences(schema, () => {
    references -= 1;
    if (references < 0) throw new Error("it leads through too many references of the schema");
  });

  function run(validator: typeof first, instance: unknown, size: number) {
    references = JSON_SCHEMA_LIMITS.references + JSON_SCHEMA_LIMITS.referencesPerValue * size;
    return validator.validate(instance);
  }

  function allErrors(instance: unknown, size: number) {
    try {
      return run(all, instance, size).errors;
    } catch {
      return undefined; // too many to be listed
    }
  }

  return (value) => {
    try {
      let instance = value;
      let size = measure(value, JSON_SCHEMA_LIMITS.valueDepth);
      if (size === NOT_JSON) {
        // What the other side will see: undefined properties gone, dates as strings.
        instance = JSON.parse(JSON.stringify(value) ?? "undefined");
        size = measure(instance, JSON_SCHEMA_LIMITS.valueDepth);
      }
      if (size === TOO_DEEP) {
        return refused(`is nested more than ${JSON_SCHEMA_LIMITS.valueDepth} levels deep`);
      }
      const { valid, errors } = run(first, instance, size);
      if (valid) return { ok: true, value };
      const listed = size > MAX_VALUES_TO_LIST_ALL ? errors : (allErrors(instance, size) ?? errors);
      return { ok: false, issues: issuesOf(listed, instance) };
    } catch (error) {
      // The schema was checked before: it is the value (too large, cyclic, ill-formed) that cannot be worked through.
      return refused(`cannot be checked: ${(error as Error).message}`);
    }
  };
}

/**
 * Calls back whenever the library applies a schema that references lead to. It reads the keywords anew each
 * time, so a getter can count; without a bound, a schema that refers to itself twice takes exponential time.
 */
function countReferences({ $defs = {} }: JsonSchema, onReference: () => void): void {
  for (const target of Object.values($defs as JsonSchema)) {
    if (!isPlainObject(target)) continue;
    const { type } = target;
    Object.defineProperty(target, "type", {
      enumerable: true,
      get() {
        onReference();
        return type;
      },
    });
  }
}

function refused(message: string): Validation {
  return { ok: false, issues: [{ path: "", message }] };
}
