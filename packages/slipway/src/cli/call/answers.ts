import type { Field, FieldValue } from "./form.ts";
import { FieldError, readField } from "./form.ts";

export type Content = { [name: string]: FieldValue };

/** What was given on the command line as answers to questions: by the names of the fields, whichever form asks for them. */
export class Answers {
  readonly #byName = new Map<string, string[]>();
  readonly #used = new Set<string>();

  constructor(pairs: readonly (readonly [string, string])[]) {
    for (const [name, text] of pairs) this.#byName.set(name, [...(this.#byName.get(name) ?? []), text]);
  }

  /** Names that no form has asked for. */
  get unused(): string[] {
    return [...this.#byName.keys()].filter((name) => !this.#used.has(name));
  }

  /** What fits a form. @throws FieldError when an answer does not fit its field */
  contentFor(fields: readonly Field[]): Content {
    const content: Content = {};
    for (const field of fields) {
      const texts = this.#byName.get(field.name);
      if (texts === undefined) continue;
      this.#used.add(field.name);
      if (texts.length > 1 && !field.several) {
        throw new FieldError(`${field.name} wants one answer, got ${texts.length}.`);
      }
      put(content, field, readField(field, texts.join(",")));
    }
    return content;
  }
}

/** Also for names such as `__proto__`. */
export function put(content: Content, { name }: Field, value: FieldValue): void {
  Object.defineProperty(content, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Fields that have to be filled in, and are not. */
export function missingIn(content: Content, fields: readonly Field[]): Field[] {
  return fields.filter(
    (field) => field.required && field.default === undefined && !Object.hasOwn(content, field.name),
  );
}
