import { type Logger, Redactor } from "../../server/index.ts";
import type { Fields, StructuredLogger } from "./structured.ts";

/**
 * Makes of a logger such as `pino` the one that `McpServer` takes, so that one log has both.
 * @param redactor leaves out what is secret. Default: what is recognisably so; `false`: nothing is left out
 */
export function serverLogger(logger: StructuredLogger, redactor: Redactor | false = new Redactor()): Logger {
  const at =
    (level: "error" | "warn" | "info" | "debug") =>
    (text: string, ...details: unknown[]): void =>
      logger[level]?.(fieldsOf(details, redactor), clean(text, redactor) as string);
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

function fieldsOf(details: readonly unknown[], redactor: Redactor | false): Fields {
  const fields: Fields = {};
  const others: unknown[] = [];
  for (const detail of details) {
    if (detail instanceof Error && fields["err"] === undefined) fields["err"] = ofError(detail, redactor, 0);
    else others.push(detail instanceof Error ? ofError(detail, redactor, 0) : clean(plain(detail), redactor));
  }
  if (others.length > 0) fields["details"] = others;
  return fields;
}

/** How many causes of an error are told. */
const MAX_CAUSES = 5;

function ofError(error: Error, redactor: Redactor | false, depth: number): Fields {
  const { name, message, stack, cause } = error;
  const code: unknown = Reflect.get(error, "code");
  // Without a prototype, as pino takes an error's type from its constructor, else from its name.
  return Object.assign(Object.create(null), {
    name,
    message: clean(message, redactor),
    ...(typeof stack === "string" && { stack: clean(stack, redactor) }),
    ...((typeof code === "string" || typeof code === "number") && { code }),
    ...(cause instanceof Error && depth < MAX_CAUSES && { cause: ofError(cause, redactor, depth + 1) }),
  });
}

function clean(value: unknown, redactor: Redactor | false): unknown {
  return redactor === false ? value : redactor.redact(value);
}

/** What JSON can hold of it. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return String(value);
  }
}
