import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseUriTemplate } from "./index.ts";

type Values = Record<string, string | string[]>;

function match(template: string, uri: string): Values | undefined {
  const values = parseUriTemplate(template).match(uri);
  return values && Object.fromEntries(values);
}

describe("match finds the values that expand to the URI", () => {
  test.each<[template: string, uri: string, values: Values]>([
    ["file:///a", "file:///a", {}],
    ["users/{id}", "users/42", { id: "42" }],
    ["users/{id}", "users/J%C3%BCrgen%20%F0%9F%8E%88", { id: "Jürgen 🎈" }],
    ["users/{id}", "users/a%2cb", { id: "a,b" }],
    ["users/{id}/posts/{post}", "users/1/posts/2", { id: "1", post: "2" }],
    ["{a}-{b}", "1-2-3", { a: "1-2", b: "3" }],
    ["{a}{b}", "123", { a: "12", b: "3" }],
    ["map?{x,y}", "map?1024,768", { x: "1024", y: "768" }],
    ["map?{x,y}", "map?1024", { x: "1024" }],
    ["map?{x,y}", "map?1024,", { x: "1024", y: "" }],
    ["map?{x,y}", "map?,768", { x: "", y: "768" }],
    ["{list*}", "red,green,blue", { list: ["red", "green", "blue"] }],
    ["{list*}", "red", { list: ["red"] }],
    ["{x,list*,y}", "1,2,3,4", { x: "1", list: ["2", "3"], y: "4" }],
    ["file:///{+path}", "file:///a/b/c.txt", { path: "a/b/c.txt" }],
    ["file://{+path}", "file:///etc/a%20b?x#y", { path: "/etc/a b?x#y" }],
    ["{+path}/here", "/foo/here/here", { path: "/foo/here" }],
    ["up{+path}{var}/here", "up/foo/barvalue/here", { path: "/foo/barvalu", var: "e" }],
    ["{+path}", "a,b", { path: "a,b" }],
    ["{+x,hello,y}", "1024,Hello%20World!,768", { x: "1024", hello: "Hello World!", y: "768" }],
    ["{+list*}", "red,/green,blue", { list: ["red", "/green", "blue"] }],
    ["foo{#part}", "foo#a/b?c", { part: "a/b?c" }],
    ["foo{#part}", "foo#", { part: "" }],
    ["foo{#part}", "foo", {}],
    ["{#path,x}/here", "#/foo/bar,1024/here", { path: "/foo/bar", x: "1024" }],
    ["{#list*}", "#red,green", { list: ["red", "green"] }],
    ["X{.ext}", "X.tar.gz", { ext: "tar.gz" }],
    ["X{.ext}", "X", {}],
    ["X{.ext}", "X.", { ext: "" }],
    ["{name}{.ext}", "a.b.c", { name: "a.b", ext: "c" }],
    ["{name}{.ext}", ".env", { name: ".env" }],
    ["{name}{.ext}", "LICENSE", { name: "LICENSE" }],
    ["{+path}{.ext}", "a.b/c.d", { path: "a.b/c", ext: "d" }],
    ["{+path}{?q}{#part}", "a/b?q=1#x", { path: "a/b", q: "1", part: "x" }],
    ["{+path}{?q}{#part}", "a/b#x", { path: "a/b", part: "x" }],
    ["{+path}{?q}{#part}", "a/b", { path: "a/b" }],
    ["{+path}/{name}", "a/b/c", { path: "a/b", name: "c" }],
    ["www{.dom*}", "www.example.com", { dom: ["example", "com"] }],
    ["X{.x,y}", "X.1024.768", { x: "1024", y: "768" }],
    ["/a{/b}", "/a/1", { b: "1" }],
    ["/a{/b}", "/a", {}],
    ["/a{/b}/c", "/a/c", {}],
    ["/a{/b}/c", "/a/c/c", { b: "c" }],
    ["{/var,x}/here", "/value/1024/here", { var: "value", x: "1024" }],
    ["{/var,empty}", "/value/", { var: "value", empty: "" }],
    ["{/a,b}{/c*}", "/1/2/3/4", { a: "1", b: "2", c: ["3", "4"] }],
    ["{/list*}", "/red/green/blue", { list: ["red", "green", "blue"] }],
    ["{/list*}/end", "/red/end/end", { list: ["red", "end"] }],
    ["{/list*,last}", "/1/2/3", { list: ["1", "2"], last: "3" }],
    ["{/list*,last}", "/1", { list: ["1"] }],
    ["{/one,list*}{?q}", "/1/2/3?q=4", { one: "1", list: ["2", "3"], q: "4" }],
    ["{/list*}{/last}", "/1/2/3", { list: ["1", "2"], last: "3" }],
    ["{/a*,b*}", "/1/2/3", { a: ["1"], b: ["2", "3"] }],
    ["{/list*}", "", {}],
    ["{;x,y,empty}", ";x=1024;y=768;empty", { x: "1024", y: "768", empty: "" }],
    ["{;x,y}", ";y=768;x=1024", { x: "1024", y: "768" }],
    ["{;list*}!", ";list=a;list;list=b!", { list: ["a", "", "b"] }],
    ["{;a,ab}/", ";ab=1;a/", { a: "", ab: "1" }],
    ["/search{?q,page}", "/search?q=a%20b&page=2", { q: "a b", page: "2" }],
    ["/search{?q,page}", "/search?page=2", { page: "2" }],
    ["/search{?q,page}", "/search?q=", { q: "" }],
    ["/search{?q,page}", "/search", {}],
    ["/search{?q,page}", "/search?page=2&q=a", { q: "a", page: "2" }],
    ["/search{?q,tag*}", "/search?tag=a&q=1&tag=b", { q: "1", tag: ["a", "b"] }],
    ["/search?fixed=yes{&x}", "/search?fixed=yes&x=1024", { x: "1024" }],
    ["/search?fixed=yes{&x}", "/search?fixed=yes", {}],
    ["{?Stra%c3%9fe}", "?Stra%C3%9Fe=1", { "Stra%c3%9fe": "1" }],
    ["{?q}{#q}", "?q=a#a", { q: "a" }],
    ["{var:3}", "val", { var: "val" }],
    ["{var:3}", "%C3%A9%C3%A9%F0%9F%8E%88", { var: "éé🎈" }],
    ["{var:1}{rest}", "abc", { var: "a", rest: "bc" }],
    ["{/a:1,b}{+rest}", "/xx/yz", { a: "x", rest: "x/yz" }],
    ["{/var:1,var}", "/v/value", { var: "value" }],
    ["{/var:2}{/var:1}", "/va/v", { var: "va" }],
    ["{.who,who}", ".fred.fred", { who: "fred" }],
    ["{/id}{?id*}", "/a?id=a", { id: ["a"] }],
    ["/größe/{x}", "/gr%c3%b6%C3%9fe/1", { x: "1" }],
    ["/gr%c3%b6/{x}", "/gr%C3%B6/1", { x: "1" }],
    ["/100%25/{x}", "/100%25/1", { x: "1" }],
  ])("%s of %s", (template, uri, values) => {
    expect(match(template, uri)).toEqual(values);
  });
});

describe("match refuses what expansion cannot make", () => {
  test.each<[template: string, uri: string]>([
    ["file:///a", "file:///A"],
    ["file:///a", "file:///a/"],
    ["file:///a", "file:///"],
    ["users/{id}", "users/"],
    ["users/{id}", "users/1/2"],
    ["users/{id}", "users/1?x"],
    ["users/{id}", "users/1#x"],
    ["users/{id}", "users/a,b"],
    ["users/{id}", "users/a:b"],
    ["users/{id}", "users/a b"],
    ["users/{id}", "users/größe"],
    ["users/{id}", "xusers/1"],
    ["users/{id}/x", "users//x"],
    ["{+path}", ""],
    ["{+path}", "a b"],
    ["{+path}", "a\\b"],
    ["{+path}", "größe"],
    ["{x,y}", "1,2,3"],
    ["{x,y}", ""],
    ["{+x,y}", "1,2,3"],
    ["{list}", "red,green"],
    ["{keys*}", "a=1,b=2"],
    ["/a{/b}", "/ab"],
    ["/a{/b}", "/a/1/2"],
    ["/a{/b}", "/a,1"],
    ["X{.x,y}", "X.1.2.3"],
    ["/search{?q}", "/search?"],
    ["/search{?q}", "/search?q"],
    ["/search{?q}", "/search?q=1&"],
    ["/search{?q}", "/search?&q=1"],
    ["/search{?q}", "/search?q=1&utm=2"],
    ["/search{?q}", "/search?Q=1"],
    ["/search{?q}", "/search?qq=1"],
    ["/search{?q}", "/search?q=1&q=1"],
    ["/search{?q}", "/search?q=a+b"],
    ["/search{?q}", "/search?q=1;q=2"],
    ["{;x}", ";x="],
    ["{;x,y}", ";x=;y=1"],
    ["{;x}", ";x;x"],
    ["{var:3}", "value"],
    ["{?var:3}", "?var=value"],
    ["{/a:1,b}", "/xx/y"],
    ["{/var:1,var}", "/x/value"],
    ["{/var:1,var}", "/v"],
    ["{.who,who}", ".fred.wilma"],
    ["{?q}{#q}", "?q=a"],
    ["{/id}{?id*}", "/a?id=a&id=b"],
  ])("%s of %s", (template, uri) => {
    expect(match(template, uri)).toBeUndefined();
  });
});

describe("match refuses malformed percent-encoding", () => {
  test.each([
    "%",
    "%2",
    "%zz",
    "a%",
    "%FF",
    "%C3",
    "%C3x",
    "%C3%28",
    "%C0%AF",
    "%E0%80%AF",
    "%ED%A0%80",
    "%F5%80%80%80",
    "%80",
  ])("%s", (value) => {
    expect(match("x/{id}", `x/${value}`)).toBeUndefined();
    expect(match("x/{+path}", `x/${value}`)).toBeUndefined();
    expect(match("x/{id}{?q}", `x/1?q=${value}`)).toBeUndefined();
  });
});

describe("a value cannot leave its place", () => {
  const single = [
    "x/{v}",
    "x{/v}",
    "x{/v*}",
    "x/{a}{?v}",
    "x/{a}{?v*}",
    "x/{a}{;v}",
    "x{/a,v}",
    "x/{v,a}",
    "x{/v:3}",
  ];

  test.each([
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "%2e",
    "..%2Fetc",
    "%2Fetc",
    "a%2Fb",
    "a%2fb",
    "..%5Cwindows",
    "a%5cb",
  ])("a segment does not match %s", (value) => {
    for (const template of single) {
      const uri = parseUriTemplate(template)
        .expand({ a: "a", v: "VALUE" })
        .replace(/VALUE|VAL/, value);
      expect(uri).toContain(value);
      expect(match(template, uri), template).toBeUndefined();
    }
  });

  test.each(["...", "..a", "a..", "a.b", ".env", "%252e%252e%252f", "a%25b"])(
    "a segment matches %s",
    (value) => {
      expect(match("x/{v}", `x/${value}`)).toEqual({ v: decodeURIComponent(value) });
    },
  );

  test.each([
    "..",
    "../a",
    "a/..",
    "a/../b",
    "/..",
    "a/%2e%2e/b",
    "a/.%2E/b",
    "a%2F..%2Fb",
    "a%2f%2e%2e%2fb",
    "..%5Ca",
    "a%5C..%5Cb",
    "a/..%5Cb",
    "a//../b",
  ])("a path does not match %s", (value) => {
    expect(match("x/{+v}", `x/${value}`)).toBeUndefined();
    expect(match("x{#v}", `x#${value}`)).toBeUndefined();
    expect(match("x/{+a,v}", `x/a,${value}`)).toBeUndefined();
    expect(match("x/{+v*}", `x/a,${value}`)).toBeUndefined();
  });

  test.each(["a/b", "a/.b", "a/...", "a/..b/c", "a%2Fb", "a/./b", "/etc"])("a path matches %s", (value) => {
    expect(match("x/{+v}", `x/${value}`)).toEqual({ v: decodeURIComponent(value) });
  });

  test.each([
    ["x/{+path}{.ext}", "x/a/.."],
    ["x/.{+a}", "x/../b"],
    ["x/{+a}{+b}", "x/a/../b"],
    ["x/{+a}.{b}", "x/a/.%2E"],
    ["x{/a}{+b}", "x/a/..%5Cb"],
    ["x/.{+a}", "x/.%2E"],
    ["x{.a,b}{+c}", "x/../y"],
    ["{+a}{?b}", "../c?b=1"],
    ["x/../{a}", "x/../b"],
  ])("%s does not match %s, whose segment .. is no single value", (template, uri) => {
    expect(match(template, uri)).toBeUndefined();
  });

  test.each(["%00", "a%00b", "%0A", "%0d%0a", "%1F", "%7F", "%C2%80", "%C2%9F", "a.txt%00.png"])(
    "no value has the control character in %s",
    (value) => {
      for (const template of ["x/{v}", "x/{+v}"]) expect(match(template, `x/${value}`)).toBeUndefined();
      expect(match("x{?v}", `x?v=${value}`)).toBeUndefined();
      expect(match("x{#v}", `x#${value}`)).toBeUndefined();
    },
  );

  it("is safe whatever the URI", () => {
    const templates = [
      "{+p}",
      "{a}",
      "/{a}{.b}",
      "{/a,b}",
      "{/l*}",
      "{a}{b}",
      "{?a,b}",
      "{;a,b}",
      "{#f}",
      "{+p}/{a}{?q*}",
    ];
    const piece = fc.constantFrom(
      ..."/\\.%?#&=;,ab",
      ..."%2e %2E %2f %2F %5c %5C %00 %25 %C3%A9 .. ../ ?a= &b= ?q= ;a".split(" "),
    );
    const uris = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.constantFrom(...templates), uris, (source, uri) => {
        const values = parseUriTemplate(source).match(uri);
        if (values) expect(decodeURIComponent(uri).split(/[/\\?#]/)).not.toContain("..");
        for (const [name, value] of values ?? []) {
          for (const text of typeof value === "string" ? [value] : value) {
            expect(text).not.toMatch(/\p{Cc}/u);
            expect(text.split(/[/\\]/)).not.toContain("..");
            if (name !== "p" && name !== "f") expect(text).not.toMatch(/^\.$|[/\\]/);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("match and expand are inverse", () => {
  const name = fc.constantFrom("a", "b_1", "__proto__", "constructor", "Some%20Thing", "last.name");
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 8 });
  const isSegment = (value: string) => !/[/\\\p{Cc}]/u.test(value) && value !== "." && value !== "..";
  const segment = text.filter(isSegment);
  // Without the dot, which separates labels, and the "!" that separates expressions below.
  const label = segment.map((value) => value.replaceAll(".", "_"));
  const path = text.filter((value) => !/[\p{Cc}%,!]/u.test(value) && !value.split(/[/\\]/).includes(".."));

  const operators = [
    ["", segment],
    ["+", path],
    ["#", path],
    [".", label],
    ["/", segment],
    [";", segment],
    ["?", segment],
    ["&", segment],
  ] as const;

  /** An expression over some names, with a value for each: text, or for an exploded one a list. */
  const expression = fc.constantFrom(...operators).chain(([operator, value]) =>
    fc.record({
      operator: fc.constant(operator),
      variables: names.chain((list) =>
        fc.tuple(...list.map((each) => fc.tuple(fc.constant(each), fc.oneof(value, exploded(value))))),
      ),
    }),
  );

  function exploded(value: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
    return fc.array(value, { minLength: 1, maxLength: 3 });
  }

  /** At most one list an expression: which of two a value belongs to cannot be seen in the URI. */
  const usable = expression.filter(
    ({ operator, variables }) =>
      [";", "?", "&"].includes(operator) || variables.filter(([, value]) => Array.isArray(value)).length < 2,
  );

  it("for values that leave their names or their places in the URI", () => {
    fc.assert(
      fc.property(fc.array(usable, { minLength: 1, maxLength: 4 }), (expressions) => {
        const values = new Map<string, string | string[]>();
        let source = "x:";
        for (const [index, { operator, variables }] of expressions.entries()) {
          const list = variables.map(([each, value]) => {
            values.set(each + index, value);
            return each + index + (Array.isArray(value) ? "*" : "");
          });
          source += `{${operator}${list.join()}}!`;
        }
        const template = parseUriTemplate(source);
        expect(template.match(template.expand(values))).toEqual(values);
      }),
      { numRuns: 1000 },
    );
  });

  it("for what a match of some URI returned", () => {
    const templates = [
      "/{a}{/b,c}",
      "{/l*,a}{?q,r*}",
      "x{.a,b}{;c,d}",
      "{a,b}{#c}",
      "{a:2}{b}{/a}",
      "{?a}{&b,c}",
    ];
    const uris = fc
      .array(fc.constantFrom(..."/.,;?&#=abcqr", "?q=", "&r=", ";c", "?a=", "&b=", "%C3%A9"), {
        maxLength: 10,
      })
      .map((pieces) => pieces.join(""));
    let matched = 0;
    fc.assert(
      fc.property(fc.constantFrom(...templates), uris, (source, uri) => {
        const template = parseUriTemplate(source);
        const values = template.match(uri);
        if (values === undefined) return;
        matched += 1;
        expect(template.match(template.expand(values))).toEqual(values);
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(100);
  });
});

describe("match is bounded", () => {
  it("by the URI's length, 8192 unless said otherwise", () => {
    const template = parseUriTemplate("{+path}");
    expect(template.match("a".repeat(8192))?.get("path")).toHaveLength(8192);
    expect(template.match("a".repeat(8193))).toBeUndefined();
    expect(parseUriTemplate("{+path}", { maxUriLength: 3 }).match("aaaa")).toBeUndefined();
    expect(parseUriTemplate("{+path}", { maxUriLength: 9000 }).match("a".repeat(9000))).toBeDefined();
  });

  // A matcher that tries one split after another does not finish any of these in the age of the universe.
  test.each<[shape: string, template: string, uri: string]>([
    ["adjacent values", names(32, (name) => `{${name}}`), "a".repeat(8191)],
    ["adjacent paths", names(32, (name) => `{+${name}}`), "/a".repeat(4095)],
    ["paths around a literal", names(32, (name) => `{+${name}}/a`), "/a".repeat(4095)],
    ["adjacent lists", names(32, (name) => `{/${name}*}`), "/a".repeat(4095)],
    ["lists of labels", names(32, (name) => `{.${name}*}`), ".".repeat(8191)],
    ["lists of paths", names(32, (name) => `{+${name}*}`), ",".repeat(8191)],
    [
      "several lists in one expression",
      `{/${Array.from({ length: 64 }, (_, index) => `v${index}*`)}}`,
      "/a".repeat(4095),
    ],
    ["adjacent queries", names(32, (name) => `{&${name}*}`), "&v1=a".repeat(1600)],
    ["prefixes", names(32, (name) => `{${name}:9999}`), "a".repeat(8191)],
  ])("in steps: %s", (_shape, template, uri) => {
    expect(parseUriTemplate(template).match(`${uri} `)).toBeUndefined();
    expect(parseUriTemplate(`${template}!`).match(`${uri}!`)).toBeDefined();
  });

  function names(count: number, expression: (name: string) => string): string {
    return Array.from({ length: count }, (_, index) => expression(`v${index}`)).join("");
  }
});

describe("variables may be called like an object's properties", () => {
  it("and are plain names", () => {
    const template = parseUriTemplate("x/{__proto__}/{constructor}{?toString,hasOwnProperty}");
    const values = template.match("x/1/2?toString=3");
    expect([...(values ?? [])]).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", "3"],
    ]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("and absent ones are absent", () => {
    const values = parseUriTemplate("x{?__proto__,constructor}").match("x");
    expect(values?.size).toBe(0);
    expect(values?.get("constructor")).toBeUndefined();
  });
});
