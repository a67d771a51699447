import fc from "fast-check";
import {
  parseUriTemplate,
  UriTemplateError,
} from "../../../packages/slipway/src/server/uri-template/index.ts";
import { fault } from "../fault.ts";
import { nastyString } from "../generate/nasty.ts";
import type { Target } from "../target.ts";

interface TemplateCase {
  readonly template: string;
  readonly values: { readonly [name: string]: string | readonly string[] };
  readonly uri: string;
}

const part = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "/", "x:", "//h/", ".", "-", "%41", "é", "?", "#", "&b=") },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", "+", "#", ".", "/", ";", "?", "&"),
        fc.array(
          fc.tuple(fc.constantFrom("x", "y", "z", "a.b", "%41"), fc.constantFrom("", "", "*", ":1", ":3")),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
      )
      .map(([operator, names]) => `{${operator}${names.map((name) => name.join("")).join(",")}}`),
  },
  { weight: 1, arbitrary: nastyString },
  {
    weight: 1,
    arbitrary: fc.constantFrom("{", "}", "{}", "{+}", "{x:}", "{x:0}", "{x:99999}", "{=x}", "{x y}", "{x,}"),
  },
);

const short = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab/.%&=;,?#+é 🚀\\"), maxLength: 6 }),
  nastyString.filter((text) => text.length < 100),
);

/** A percent-encoded `%`, or a character that is reserved by RFC 3986, section 2.2. */
const ENCODED_RESERVED = /%(?:2[1346789a-cf5]|3[abdf]|40|5[bd])/i;

/** URI templates: parsing, expansion, and that what was matched expands to what means the same. */
export const uriTemplates: Target<TemplateCase> = {
  name: "uri-templates",
  share: 8,
  cases: fc.record({
    template: fc.array(part, { maxLength: 5 }).map((parts) => parts.join("")),
    values: fc.dictionary(
      fc.constantFrom("x", "y", "z", "a.b", "%41"),
      fc.oneof({ weight: 3, arbitrary: short }, { weight: 1, arbitrary: fc.array(short, { maxLength: 3 }) }),
    ),
    uri: fc.array(fc.oneof(part, short), { maxLength: 6 }).map((parts) => parts.join("")),
  }),
  open: () => ({ run: check }),
};

function check({ template: source, values, uri }: TemplateCase): void {
  let template: ReturnType<typeof parseUriTemplate>;
  try {
    template = parseUriTemplate(source);
  } catch (error) {
    if (error instanceof UriTemplateError) return;
    throw error;
  }
  checkMatch(template, uri);
  let expanded: string;
  try {
    expanded = template.expand(values);
  } catch (error) {
    if (error instanceof TypeError) return;
    throw error;
  }
  if (!/^(?:[!#$&-;=?-[\]_a-z~]|%[0-9A-F]{2}|%[0-9a-fA-F]{2})*$/.test(expanded))
    fault("A template expands to what no URI can be", source, values, expanded);
  checkMatch(template, expanded);
}

function checkMatch(template: ReturnType<typeof parseUriTemplate>, uri: string): void {
  const found = template.match(uri);
  if (found === undefined) return;
  for (const value of [...found.values()].flat()) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is looked at
    if (/[\0-\x1f\x7f]/.test(value) || /(^|[/\\])\.\.([/\\]|$)/.test(value))
      fault("A value leads out, or has a control character", template.source, uri, value);
  }
  // One that is a text here and a list there is nobody's.
  if (/\{[^}]*:\d/.test(template.source) && [...found.values()].some(Array.isArray)) return;
  // {+x} and {#x} write "," and what stands for "%2C" alike, so that what was encoded may be read otherwise.
  if (/\{[+#]/.test(template.source) && ENCODED_RESERVED.test(uri)) return;
  const again = template.match(template.expand(Object.fromEntries(found)));
  if (JSON.stringify([...(again ?? [])]) !== JSON.stringify([...found]))
    fault("What was matched expands to something else", template.source, uri, [...found], [...(again ?? [])]);
}
