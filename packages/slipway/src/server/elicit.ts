import { invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { FormAnswer } from "./context.ts";
import { applyDefaults, type CompiledSchema, type JsonSchema, toRequestedSchema } from "./schema/index.ts";

export interface PreparedElicitation {
  readonly requestedSchema: JsonSchema;
  /** Checks what the client answered, and gives it the handler's type. */
  read(answer: unknown): FormAnswer<unknown> | Promise<FormAnswer<unknown>>;
}

export function prepareElicitation(compiled: CompiledSchema): PreparedElicitation {
  const requestedSchema = toRequestedSchema(compiled);
  return { requestedSchema, read: (answer) => read(answer, compiled, requestedSchema) };
}

async function read(
  answer: unknown,
  compiled: CompiledSchema,
  requestedSchema: JsonSchema,
): Promise<FormAnswer<unknown>> {
  const { action, content } = readElicitResult(answer);
  if (action !== "accept") return { action };
  const validation = await compiled.validate(applyDefaults(requestedSchema, content ?? {}));
  if (validation.ok) return { action, content: validation.value };
  const issues = validation.issues.map((issue) => `${issue.path || "content"}: ${issue.message}`).join("; ");
  throw invalidParams(`The client's answer to elicitation/create does not fit what was asked. ${issues}`);
}

interface ElicitResult {
  readonly action: "accept" | "decline" | "cancel";
  readonly content: { readonly [name: string]: unknown } | undefined;
}

export function readElicitResult(answer: unknown): ElicitResult {
  const action = isObject(answer) ? answer["action"] : undefined;
  if (action !== "accept" && action !== "decline" && action !== "cancel") {
    throw invalidParams(
      `The client's answer to elicitation/create needs an "action" of "accept", "decline" or "cancel".`,
    );
  }
  const content = (answer as { content?: unknown }).content;
  if (content !== undefined && content !== null && !isObject(content)) {
    throw invalidParams(
      `"content" of the client's answer to elicitation/create must be an object, got ${describe(content)}.`,
    );
  }
  return { action, content: content ?? undefined };
}
