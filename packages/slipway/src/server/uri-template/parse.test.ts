import { describe, expect, it, test } from "vitest";
import { parseUriTemplate, UriTemplateError } from "./index.ts";

function errorOf(template: string): UriTemplateError {
  try {
    parseUriTemplate(template);
  } catch (error) {
    if (error instanceof UriTemplateError) return error;
    throw error;
  }
  throw new Error(`"${template}" was taken for a template.`);
}

describe("a malformed template is refused at its position", () => {
  test.each<[template: string, position: number, problem: string]>([
    ["{/id*", 5, 'expected "," or "}" after the variable "id", got the end of the template'],
    ["a/{", 3, "expected a variable name"],
    ["{}", 1, 'got "}"'],
    ["{?}", 2, 'got "}"'],
    ["{a,}", 3, 'got "}"'],
    ["{a,,b}", 3, 'got ","'],
    ["/id*}", 4, 'found "}" without an expression'],
    ["{a}}", 3, 'found "}" without an expression'],
    ["{a{b}}", 2, 'got "{"'],
    ["{{a}}", 1, 'got "{"'],
    ["{/?id}", 2, 'got "?"'],
    ["{??id}", 2, 'got "?"'],
    ["{$var}", 1, 'got "$"'],
    ["{*keys?}", 1, 'got "*"'],
    ["{=path}", 1, 'the operator "=" is reserved'],
    ["{!hello}", 1, 'the operator "!" is reserved'],
    ["{|var*}", 1, 'the operator "|" is reserved'],
    ["{@var}", 1, 'the operator "@" is reserved'],
    ["{,var}", 1, 'the operator "," is reserved'],
    ["{?empty=default,var}", 7, 'got "="'],
    ["{-prefix|/-/|var}", 1, 'got "-"'],
    ["{example:color?}", 9, "expected a length from 1 to 9999"],
    ["{a:0}", 3, "expected a length from 1 to 9999"],
    ["{a:10000}", 3, "expected a length from 1 to 9999"],
    ["{a:}", 3, 'got "}"'],
    ["{hello:2*}", 8, 'got "*"'],
    ["{keys*:1}", 6, 'got ":"'],
    ["{hello+}", 6, 'got "+"'],
    ["{user-id}", 5, 'expected "," or "}" after the variable "user", got "-"'],
    ["{.a}{a.}", 6, 'got "."'],
    ["{a..b}", 2, 'got "."'],
    ["{~thing}", 1, 'got "~"'],
    ["{x, y}", 3, 'got " "'],
    ["{größe}", 3, 'got "ö"'],
    ["{a%2}", 2, 'got "%"'],
    ["{a%FF}", 1, "UTF-8"],
    ["a b", 1, '" " may not stand in a URI'],
    ["a\\b", 1, "may not stand in a URI"],
    ['say"', 3, "may not stand in a URI"],
    ["a\u0000", 1, "may not stand in a URI"],
    ["a🎈\ud800", 3, "may not stand in a URI"],
    ["100%", 3, 'two hexadecimal digits after "%"'],
    ["%zz", 0, 'two hexadecimal digits after "%"'],
    ["/%FF", 0, "UTF-8"],
  ])("%j at %i: %s", (template, position, problem) => {
    const error = errorOf(template);
    expect(error.position).toBe(position);
    expect(error.template).toBe(template);
    expect(error.message).toContain(problem);
    expect(error.message).toContain(`position ${position}`);
    expect(error.message).toContain(template);
  });
});

describe("a template is bounded", () => {
  it("by its expressions", () => {
    expect(() => parseUriTemplate("/{a}".repeat(32))).not.toThrow();
    expect(() => parseUriTemplate("/{a}".repeat(33))).toThrow("at most 32 expressions");
  });

  it("by its variables", () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`).join();
    expect(() => parseUriTemplate(`{?${names(64)}}`)).not.toThrow();
    expect(() => parseUriTemplate(`{?${names(64)}}{a}`)).toThrow("at most 64 variables");
  });

  it("by its length, without repeating all of it in the error", () => {
    expect(() => parseUriTemplate("x".repeat(8192))).not.toThrow();
    const error = errorOf("x".repeat(8193));
    expect(error.message).toContain("at most 8192 characters, got 8193");
    expect(error.message.length).toBeLessThan(300);
  });
});

describe("a parsed template", () => {
  it("keeps its source and names each variable once, in order", () => {
    const template = parseUriTemplate("db://{+host}{/Some%20Thing,last.name:3}{?q*,__proto__}{#host}");
    expect(template.source).toBe("db://{+host}{/Some%20Thing,last.name:3}{?q*,__proto__}{#host}");
    expect(template.variables).toEqual(["host", "Some%20Thing", "last.name", "q", "__proto__"]);
  });

  it("takes every character that RFC 6570 allows in a literal", () => {
    const literal = "!#$&'()*+,-./0123456789:;=?@AZ[]_az~";
    expect(parseUriTemplate(literal).expand({})).toBe(literal);
  });

  it("may be empty", () => {
    expect(parseUriTemplate("").match("")).toEqual(new Map());
    expect(parseUriTemplate("").match("a")).toBeUndefined();
  });
});

describe("specificity orders templates", () => {
  test.each([
    ["by literal characters first", "x://a/b/{c}{d}{+e*}", "x://a/{c}"],
    ["then by fewer variables", "x://{+a}", "x://{a,b}"],
    ["then by narrower ones", "x://{a}", "x://{+a}"],
    ["with a list as wide as a path", "x://a{/a}", "x://a{/a*}"],
    ["with a percent-encoded character as one", "x://abc{a}", "x://%F0%9F%8E%88{a}"],
  ])("%s: %s before %s", (_rule, first, second) => {
    expect(parseUriTemplate(first).specificity).toBeGreaterThan(parseUriTemplate(second).specificity);
  });

  it("puts one more literal character before any number of variables", () => {
    const many = `{+${Array.from({ length: 64 }, (_, index) => `v${index}*`).join()}}`;
    expect(parseUriTemplate(`ab${many}`).specificity).toBeGreaterThan(parseUriTemplate("a").specificity);
  });
});
