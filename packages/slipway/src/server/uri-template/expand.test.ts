import { describe, expect, it, test } from "vitest";
import { parseUriTemplate } from "./index.ts";

/** The variables of RFC 6570, section 3.2. */
const values = {
  count: ["one", "two", "three"],
  dom: ["example", "com"],
  dub: "me/too",
  hello: "Hello World!",
  half: "50%",
  var: "value",
  who: "fred",
  base: "http://example.com/home/",
  path: "/foo/bar",
  list: ["red", "green", "blue"],
  keys: { semi: ";", dot: ".", comma: "," },
  v: "6",
  x: "1024",
  y: "768",
  empty: "",
  empty_keys: {},
  undef: null,
};

const examples: Record<string, [template: string, uri: string][]> = {
  "1.2 Levels and Expression Types": [
    ["{var}", "value"],
    ["{hello}", "Hello%20World%21"],
    ["{+var}", "value"],
    ["{+hello}", "Hello%20World!"],
    ["{+path}/here", "/foo/bar/here"],
    ["here?ref={+path}", "here?ref=/foo/bar"],
    ["X{#var}", "X#value"],
    ["X{#hello}", "X#Hello%20World!"],
    ["map?{x,y}", "map?1024,768"],
    ["{x,hello,y}", "1024,Hello%20World%21,768"],
    ["{+x,hello,y}", "1024,Hello%20World!,768"],
    ["{+path,x}/here", "/foo/bar,1024/here"],
    ["{#x,hello,y}", "#1024,Hello%20World!,768"],
    ["{#path,x}/here", "#/foo/bar,1024/here"],
    ["X{.var}", "X.value"],
    ["X{.x,y}", "X.1024.768"],
    ["{/var}", "/value"],
    ["{/var,x}/here", "/value/1024/here"],
    ["{;x,y}", ";x=1024;y=768"],
    ["{;x,y,empty}", ";x=1024;y=768;empty"],
    ["{?x,y}", "?x=1024&y=768"],
    ["{?x,y,empty}", "?x=1024&y=768&empty="],
    ["?fixed=yes{&x}", "?fixed=yes&x=1024"],
    ["{&x,y,empty}", "&x=1024&y=768&empty="],
  ],
  "2.4.1 Prefix Values": [
    ["{var}", "value"],
    ["{var:20}", "value"],
    ["{var:3}", "val"],
  ],
  "3.2.1 Variable Expansion": [
    ["{count}", "one,two,three"],
    ["{count*}", "one,two,three"],
    ["{/count}", "/one,two,three"],
    ["{/count*}", "/one/two/three"],
    ["{;count}", ";count=one,two,three"],
    ["{;count*}", ";count=one;count=two;count=three"],
    ["{?count}", "?count=one,two,three"],
    ["{?count*}", "?count=one&count=two&count=three"],
    ["{&count*}", "&count=one&count=two&count=three"],
  ],
  "3.2.2 Simple String Expansion": [
    ["{var}", "value"],
    ["{hello}", "Hello%20World%21"],
    ["{half}", "50%25"],
    ["O{empty}X", "OX"],
    ["O{undef}X", "OX"],
    ["{x,y}", "1024,768"],
    ["{x,hello,y}", "1024,Hello%20World%21,768"],
    ["?{x,empty}", "?1024,"],
    ["?{x,undef}", "?1024"],
    ["?{undef,y}", "?768"],
    ["{var:3}", "val"],
    ["{var:30}", "value"],
    ["{list}", "red,green,blue"],
    ["{list*}", "red,green,blue"],
    ["{keys}", "semi,%3B,dot,.,comma,%2C"],
    ["{keys*}", "semi=%3B,dot=.,comma=%2C"],
  ],
  "3.2.3 Reserved Expansion": [
    ["{+var}", "value"],
    ["{+hello}", "Hello%20World!"],
    ["{+half}", "50%25"],
    ["{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"],
    ["{+base}index", "http://example.com/home/index"],
    ["O{+empty}X", "OX"],
    ["O{+undef}X", "OX"],
    ["{+path}/here", "/foo/bar/here"],
    ["here?ref={+path}", "here?ref=/foo/bar"],
    ["up{+path}{var}/here", "up/foo/barvalue/here"],
    ["{+x,hello,y}", "1024,Hello%20World!,768"],
    ["{+path,x}/here", "/foo/bar,1024/here"],
    ["{+path:6}/here", "/foo/b/here"],
    ["{+list}", "red,green,blue"],
    ["{+list*}", "red,green,blue"],
    ["{+keys}", "semi,;,dot,.,comma,,"],
    ["{+keys*}", "semi=;,dot=.,comma=,"],
  ],
  "3.2.4 Fragment Expansion": [
    ["{#var}", "#value"],
    ["{#hello}", "#Hello%20World!"],
    ["{#half}", "#50%25"],
    ["foo{#empty}", "foo#"],
    ["foo{#undef}", "foo"],
    ["{#x,hello,y}", "#1024,Hello%20World!,768"],
    ["{#path,x}/here", "#/foo/bar,1024/here"],
    ["{#path:6}/here", "#/foo/b/here"],
    ["{#list}", "#red,green,blue"],
    ["{#list*}", "#red,green,blue"],
    ["{#keys}", "#semi,;,dot,.,comma,,"],
    ["{#keys*}", "#semi=;,dot=.,comma=,"],
  ],
  "3.2.5 Label Expansion with Dot-Prefix": [
    ["{.who}", ".fred"],
    ["{.who,who}", ".fred.fred"],
    ["{.half,who}", ".50%25.fred"],
    ["www{.dom*}", "www.example.com"],
    ["X{.var}", "X.value"],
    ["X{.empty}", "X."],
    ["X{.undef}", "X"],
    ["X{.var:3}", "X.val"],
    ["X{.list}", "X.red,green,blue"],
    ["X{.list*}", "X.red.green.blue"],
    ["X{.keys}", "X.semi,%3B,dot,.,comma,%2C"],
    ["X{.keys*}", "X.semi=%3B.dot=..comma=%2C"],
    ["X{.empty_keys}", "X"],
    ["X{.empty_keys*}", "X"],
  ],
  "3.2.6 Path Segment Expansion": [
    ["{/who}", "/fred"],
    ["{/who,who}", "/fred/fred"],
    ["{/half,who}", "/50%25/fred"],
    ["{/who,dub}", "/fred/me%2Ftoo"],
    ["{/var}", "/value"],
    ["{/var,empty}", "/value/"],
    ["{/var,undef}", "/value"],
    ["{/var,x}/here", "/value/1024/here"],
    ["{/var:1,var}", "/v/value"],
    ["{/list}", "/red,green,blue"],
    ["{/list*}", "/red/green/blue"],
    ["{/list*,path:4}", "/red/green/blue/%2Ffoo"],
    ["{/keys}", "/semi,%3B,dot,.,comma,%2C"],
    ["{/keys*}", "/semi=%3B/dot=./comma=%2C"],
  ],
  "3.2.7 Path-Style Parameter Expansion": [
    ["{;who}", ";who=fred"],
    ["{;half}", ";half=50%25"],
    ["{;empty}", ";empty"],
    ["{;v,empty,who}", ";v=6;empty;who=fred"],
    ["{;v,bar,who}", ";v=6;who=fred"],
    ["{;x,y}", ";x=1024;y=768"],
    ["{;x,y,empty}", ";x=1024;y=768;empty"],
    ["{;x,y,undef}", ";x=1024;y=768"],
    ["{;hello:5}", ";hello=Hello"],
    ["{;list}", ";list=red,green,blue"],
    ["{;list*}", ";list=red;list=green;list=blue"],
    ["{;keys}", ";keys=semi,%3B,dot,.,comma,%2C"],
    ["{;keys*}", ";semi=%3B;dot=.;comma=%2C"],
  ],
  "3.2.8 Form-Style Query Expansion": [
    ["{?who}", "?who=fred"],
    ["{?half}", "?half=50%25"],
    ["{?x,y}", "?x=1024&y=768"],
    ["{?x,y,empty}", "?x=1024&y=768&empty="],
    ["{?x,y,undef}", "?x=1024&y=768"],
    ["{?var:3}", "?var=val"],
    ["{?list}", "?list=red,green,blue"],
    ["{?list*}", "?list=red&list=green&list=blue"],
    ["{?keys}", "?keys=semi,%3B,dot,.,comma,%2C"],
    ["{?keys*}", "?semi=%3B&dot=.&comma=%2C"],
  ],
  "3.2.9 Form-Style Query Continuation": [
    ["{&who}", "&who=fred"],
    ["{&half}", "&half=50%25"],
    ["?fixed=yes{&x}", "?fixed=yes&x=1024"],
    ["{&x,y,empty}", "&x=1024&y=768&empty="],
    ["{&x,y,undef}", "&x=1024&y=768"],
    ["{&var:3}", "&var=val"],
    ["{&list}", "&list=red,green,blue"],
    ["{&list*}", "&list=red&list=green&list=blue"],
    ["{&keys}", "&keys=semi,%3B,dot,.,comma,%2C"],
    ["{&keys*}", "&semi=%3B&dot=.&comma=%2C"],
  ],
};

describe.each(Object.entries(examples))("RFC 6570, %s", (_section, table) => {
  test.each(table)("%s expands to %s", (template, uri) => {
    expect(parseUriTemplate(template).expand(values)).toBe(uri);
  });
});

describe("expand", () => {
  const expand = (template: string, given: Parameters<ReturnType<typeof parseUriTemplate>["expand"]>[0]) =>
    parseUriTemplate(template).expand(given);

  it("encodes text as UTF-8", () => {
    expect(expand("/größe{/word}", { word: "drücken 🎈" })).toBe(
      "/gr%C3%B6%C3%9Fe/dr%C3%BCcken%20%F0%9F%8E%88",
    );
  });

  it("keeps what is percent-encoded already in a literal and in reserved expansion only", () => {
    expect(expand("a%2fb/{+id}/{id}", { id: "x%2Fy%zz" })).toBe("a%2fb/x%2Fy%25zz/x%252Fy%25zz");
  });

  it("encodes all but unreserved characters in simple expansion", () => {
    expect(expand("{x}", { x: "-._~!'()*" })).toBe("-._~%21%27%28%29%2A");
  });

  it("counts a prefix in characters, not in octets or UTF-16 units", () => {
    expect(expand("{x:2}", { x: "é🎈z" })).toBe("%C3%A9%F0%9F%8E%88");
    expect(expand("{+x:2}", { x: "%C3%A9bc" })).toBe("%C3%A9b");
  });

  it("writes numbers and booleans as text", () => {
    expect(expand("{?n,b}", { n: -122.427, b: false })).toBe("?n=-122.427&b=false");
  });

  it("leaves out undefined members, and lists that have no others", () => {
    expect(
      expand("{/list*}{?none,keys*}", {
        list: ["a", null, "b"],
        none: [undefined],
        keys: { a: null, b: "" },
      }),
    ).toBe("/a/b?b=");
  });

  it("encodes the keys of an associative array, so that they add no parameters of their own", () => {
    expect(expand("{?keys*}", { keys: { "a&admin": "1" } })).toBe("?a%26admin=1");
  });

  it("takes a map, as match returns it", () => {
    expect(
      expand(
        "{/a,b*}",
        new Map<string, string | string[]>([
          ["a", "1"],
          ["b", ["2", "3"]],
        ]),
      ),
    ).toBe("/1/2/3");
  });

  it("sees no property that the values do not own", () => {
    expect(expand("x{__proto__}{constructor}{toString}", {})).toBe("x");
    const own = JSON.parse('{ "__proto__": "own", "constructor": "2" }');
    expect(expand("x{__proto__}{constructor}", own)).toBe("xown2");
    expect(expand("x{__proto__}", new Map([["__proto__", "mapped"]]))).toBe("xmapped");
  });

  it("refuses a prefix of a list or an object", () => {
    expect(() => expand("{list:3}", { list: ["a"] })).toThrow('"list:3" takes a prefix of text');
    expect(() => expand("{+keys:3}", { keys: {} })).toThrow(TypeError);
  });

  it("refuses a lone surrogate, which has no encoding", () => {
    expect(() => expand("{x}", { x: "\ud800" })).toThrow('The value of "x" has a lone surrogate');
    expect(() => expand("{+x}", { x: "\ud800" })).toThrow(TypeError);
  });
});
