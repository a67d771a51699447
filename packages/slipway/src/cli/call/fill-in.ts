import type { ElicitResult } from "../../client/index.ts";
import type { Lines } from "../lines.ts";
import { onOneLine, printableJson } from "../printable.ts";
import type { Screen } from "../screen.ts";
import { type Content, put } from "./answers.ts";
import { type Field, FieldError, readField } from "./form.ts";

interface Desk {
  readonly screen: Screen;
  readonly lines: Lines;
  readonly signal: AbortSignal;
}

/** How a form is left without filling it in. */
const WAYS_OUT: ReadonlyMap<string, ElicitResult["action"]> = new Map([
  ["/decline", "decline"],
  ["/cancel", "cancel"],
]);

/** Asks for the fields of a form one by one, and whether to send them. */
export async function fillIn(
  desk: Desk,
  fields: readonly Field[],
  given: Readonly<Content>,
): Promise<ElicitResult> {
  const { screen, lines, signal } = desk;
  screen.line(
    "  (/decline says no, /cancel puts it off; an empty line takes what is in brackets, or nothing)",
  );
  for (;;) {
    const content = { ...given };
    for (const field of fields) {
      if (Object.hasOwn(content, field.name)) continue;
      const out = await askFor(desk, field, content);
      if (out !== undefined) return { action: out };
    }
    const what = fields.length === 0 ? "Agree" : `Send ${printableJson(content)}`;
    screen.prompt(`${what}? [(Y)es, (a)gain, (d)ecline, (c)ancel] `);
    const said = ((await lines.next(signal)) ?? "c").trim().toLowerCase();
    if (said === "" || "yes".startsWith(said)) return { action: "accept", content };
    if ("decline".startsWith(said) || said === "/decline" || said === "n" || said === "no") {
      return { action: "decline" };
    }
    if ("cancel".startsWith(said) || said === "/cancel") return { action: "cancel" };
  }
}

/** @returns how the user left the form, if so */
async function askFor(
  { screen, lines, signal }: Desk,
  field: Field,
  content: Content,
): Promise<ElicitResult["action"] | undefined> {
  const { title, description, required, choices, hint, default: preset } = field;
  if (description !== undefined) screen.line(`  ${description}`);
  for (const [at, { value, title: name }] of (choices ?? []).entries()) {
    screen.line(`    ${at + 1}) ${name}${name === value ? "" : ` (${onOneLine(value)})`}`);
  }
  const shown =
    preset === undefined ? "" : ` [${onOneLine(Array.isArray(preset) ? preset.join(",") : String(preset))}]`;
  for (;;) {
    screen.prompt(`  ${title}${required ? "" : ", optional"} (${hint})${shown}: `);
    const text = await lines.next(signal);
    if (text === undefined) return "cancel";
    const out = WAYS_OUT.get(text.trim().toLowerCase());
    if (out !== undefined) return out;
    if (text === "" && preset !== undefined) {
      put(content, field, preset);
      return undefined;
    }
    if (text === "" && !required) return undefined;
    try {
      put(content, field, readField(field, text));
      return undefined;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      screen.line(`  ${error.message}`);
    }
  }
}
