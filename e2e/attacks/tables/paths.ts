import type { Attack, Expected } from "../attack.ts";
import { legacy, message, modern } from "../requests.ts";
import type { Target } from "../target.ts";

const NOT_FOUND: Expected = { status: 200, code: -32602, says: /^Resource not found$/ };
const NO_URI: Expected = {
  status: 200,
  code: -32602,
  says: /^"uri" must be an absolute URI of at most 8192 characters\.$/,
};

/** Ways out of a folder, for a variable that is one segment, and for one that is a path. */
const OUT = [
  "../secret.txt",
  "..%2fsecret.txt",
  "..%2Fsecret.txt",
  "%2e%2e/secret.txt",
  "%2e%2e%2fsecret.txt",
  "%2E%2E%2Fsecret.txt",
  ".%2e/secret.txt",
  "%2e./secret.txt",
  "..%5csecret.txt",
  "%2e%2e%5csecret.txt",
  "sub/../../secret.txt",
  "sub%2f..%2f..%2fsecret.txt",
  "./../secret.txt",
  ".//../secret.txt",
  "..//secret.txt",
  "../",
  "..",
  "%2e%2e",
  "..%00/secret.txt",
  "readme.txt%00",
  "%00",
  "readme.txt%0a",
  "%7f",
  "..%c0%afsecret.txt",
  "%c0%ae%c0%ae/secret.txt",
  "%c0%2e%c0%2e/secret.txt",
  "%e0%80%ae%e0%80%ae/secret.txt",
  "..%e0%80%afsecret.txt",
  "%f0%80%80%ae./secret.txt",
  "..%c1%9csecret.txt",
  "%ff",
  "%ed%a0%80",
  "..;/secret.txt/..",
  "..?/../secret.txt",
  "..#/secret.txt",
];
const NOT_URIS = [
  "%",
  "%2",
  "%zz",
  "%u002e%u002e/secret.txt",
  "..\\secret.txt",
  "a b",
  "\0",
  "a\nb",
  "{path}",
  "<script>",
  "`",
  "|",
];
/** From the root on, which a path that is joined with `resolve` would be. */
const ABSOLUTE = ["/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "%5cetc%5cpasswd", "/", "%2F"];
/** What is encoded twice, is encoded once as a value: the name of a file that is not there. */
const MISSING = [
  "..%252fsecret.txt",
  "%252e%252e%252fsecret.txt",
  "%EF%BC%8E%EF%BC%8E%EF%BC%8Fsecret.txt",
  "%24HOME",
  "~root",
  "readme.txt.",
  "con",
  "a".repeat(4_000),
];
const OTHER_PLACES = [
  "file://evil.example/docs/readme.txt",
  "file:/docs/readme.txt",
  "file:docs/readme.txt",
  "FILE:///docs/../secret.txt",
  "file:///other/readme.txt",
  "file:///docsx/readme.txt",
  "file:///secret.txt",
  "http://localhost/docs/readme.txt",
  "test://item/a/b",
  "test://item/",
  "test://item",
  "test://item/%2e%2e",
  "test://item/a%2fb",
  "test://item/.",
  "test://user@item/a",
  "test://item:80/a",
  "test://ITEM/a",
  "test://item/a?b",
  "test://item/a#b",
];

function* attacks(): Generator<Attack> {
  const read = (uri: string) => (target: Target) => target.send(modern("resources/read", { uri }));
  for (const [folder, paths] of [
    ["docs", [...OUT, ...ABSOLUTE.slice(0, 3), "sub/deep.txt", "sub%2fdeep.txt", "."]],
    ["tree", [...OUT, ...ABSOLUTE]],
  ] as const) {
    for (const path of paths) {
      yield { name: `file:///${folder}/${path}`, by: read(`file:///${folder}/${path}`), answer: NOT_FOUND };
    }
    for (const path of NOT_URIS) {
      yield {
        name: `file:///${folder}/${JSON.stringify(path)}`,
        by: read(`file:///${folder}/${path}`),
        answer: NO_URI,
      };
    }
    yield {
      name: `file:///${folder}/readme.txt, which is for everybody`,
      by: read(`file:///${folder}/readme.txt`),
      answer: { served: /for everybody/ },
    };
    for (const path of ["．．%EF%BC%8Fsecret.txt", "…%E2%81%84secret.txt"]) {
      yield { name: `file:///${folder}/${path}`, by: read(`file:///${folder}/${path}`), answer: NOT_FOUND };
    }
    for (const path of MISSING) {
      yield {
        name: `file:///${folder}/${path.slice(0, 40)}, which is no file, and says no more`,
        by: read(`file:///${folder}/${path}`),
        answer: { status: 200, code: -32603, says: /^Internal error \(reference [0-9a-f-]{36}\)$/ },
      };
    }
  }
  for (const uri of OTHER_PLACES) yield { name: uri, by: read(uri), answer: NOT_FOUND };
  yield { name: "a URI of 9,000 characters", by: read(`test://item/${"a".repeat(9_000)}`), answer: NO_URI };
  yield { name: "an empty URI", by: read(""), answer: NO_URI };
  yield { name: "a relative URI", by: read("/docs/readme.txt"), answer: NO_URI };
  yield {
    name: "a URI of 8,000 percents",
    by: read(`file:///tree/${"%2e".repeat(2_600)}`),
    answer: { status: 200, code: -32603, says: /^Internal error/ },
  };
  for (const path of ["../secret.txt", "..%2fsecret.txt"]) {
    yield {
      name: `in a session: file:///docs/${path}`,
      by: async (target) =>
        target.send(
          legacy(await target.session(), {
            id: 1,
            method: "resources/read",
            params: { uri: `file:///docs/${path}` },
          }),
        ),
      answer: { status: 200, code: -32002, says: /^Resource not found$/ },
    };
    yield {
      name: `in a session, to watch: file:///docs/${path}`,
      by: async (target) =>
        target.send(
          legacy(await target.session(), {
            id: 1,
            method: "resources/subscribe",
            params: { uri: `file:///docs/${path}` },
          }),
        ),
      answer: { status: 200, code: -32002, says: /^Resource not found$/ },
    };
    yield {
      name: `on a pipe: file:///docs/${path}`,
      by: (target) => target.pipe.ask(message("resources/read", { uri: `file:///docs/${path}` })),
      answer: NOT_FOUND,
    };
  }
}

export const paths = [...attacks()];
