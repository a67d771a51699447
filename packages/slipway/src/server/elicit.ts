import { clip, invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { FormAnswer } from "./context.ts";
import { fixText } from "./journal.ts";
import { applyDefaults, type CompiledSchema, type JsonSchema, toRequestedSchema } from "./schema/index.ts";

export interface PreparedElicitation {
  readonly requestedSchema: JsonSchema;
  /** The fields whose title or description has a link. */
  readonly links: readonly string[];
  /** Checks what the client answered, and gives it the handler's type. */
  read(answer: unknown): FormAnswer<unknown> | Promise<FormAnswer<unknown>>;
}

export function prepareElicitation(compiled: CompiledSchema): PreparedElicitation {
  const requestedSchema = toRequestedSchema(compiled);
  fixText(requestedSchema);
  const fields = Object.entries(fieldsOf(requestedSchema));
  const links = fields.filter(([, field]) => hasLink(field.title) || hasLink(field.description));
  return {
    requestedSchema,
    links: links.map(([name]) => name),
    read: (answer) => read(answer, compiled, requestedSchema),
  };
}

function fieldsOf(requestedSchema: JsonSchema): { readonly [name: string]: JsonSchema } {
  return requestedSchema.properties as { readonly [name: string]: JsonSchema };
}

export function hasLink(text: unknown): boolean {
  return typeof text === "string" && /https?:\/\//i.test(text);
}

/** @throws TypeError when there is nothing that the user could read */
export function checkMessage(message: unknown): void {
  if (typeof message === "string" && message.trim() !== "") return;
  throw new TypeError("ctx.elicit needs a message that tells the user why.");
}

const LOOPBACK = /^(localhost|[^.]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a URL is safe to send a user to; one that a browser opens without encryption is not.
 * @throws TypeError when it is not a URL that a browser fetches
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#safe-url-handling
 */
export function isSafeUrl(url: string): boolean {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (protocol === "https:") return true;
  if (protocol === "http:") return LOOPBACK.test(hostname);
  throw new TypeError(`ctx.elicit needs an absolute URL of https, got "${clip(url)}".`);
}

async function read(
  answer: unknown,
  compiled: CompiledSchema,
  requestedSchema: JsonSchema,
): Promise<FormAnswer<unknown>> {
  const { action, content } = readElicitResult(answer);
  if (action !== "accept") return { action };
  const validation = await compiled.validate(applyDefaults(requestedSchema, asked(requestedSchema, content)));
  if (validation.ok) return { action, content: validation.value };
  const issues = validation.issues.map((issue) => `${issue.path || "content"}: ${issue.message}`).join("; ");
  throw invalidParams(`The client's answer to elicitation/create does not fit what was asked: ${issues}`);
}

/** The answers to what was asked; a form has no others. */
function asked(requestedSchema: JsonSchema, content: ElicitResult["content"]): { [name: string]: unknown } {
  const fields = fieldsOf(requestedSchema);
  return Object.fromEntries(Object.entries(content ?? {}).filter(([name]) => Object.hasOwn(fields, name)));
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
