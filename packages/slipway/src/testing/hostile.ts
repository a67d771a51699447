/** Ids that trip code which joins, splits, or looks up without care. All are of 0x21 to 0x7E. */
export const HOSTILE_IDS: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "a",
  "A",
  "a:b",
  "a:b:c",
  "a_1",
  "a_",
  "_",
  "a-1",
  "a/b",
  "a|b",
  "a%3Ab",
  "{a}",
  "*",
  "..",
  "0",
  "null",
  "undefined",
  "x".repeat(1000),
  `${"x".repeat(999)}y`,
];

/** A JSON value with what encodings lose: quotes, controls, every plane of Unicode, odd keys and numbers. */
export function awkwardMessage(): unknown {
  return JSON.parse(
    '{"jsonrpc":"2.0","method":"notifications/message","params":{' +
      String.raw`"text":"\" \\ \/ \b \f \n \r \t \u0000 \u001f \u007f \u2028 \u2029 \ufeff ä ß 漢字 \ud83d\udea2 e\u0301 <\/script>",` +
      String.raw`"":"an empty key","__proto__":{"own":true},"constructor":1,"a.b":null,"data: x":"id: 1\n\ndata: 2",` +
      '"numbers":[0,-1,1.5,1e21,5e-324,9007199254740991,1.7976931348623157e308],"nested":[[[]],{},[{"a":[null,false]}]]}}',
  );
}

/** A message of about `length` characters, none of which repeats in a simple pattern. */
export function bigMessage(length: number): unknown {
  const parts: string[] = [];
  for (let index = 0; parts.length * 12 < length; index++) parts.push(`${index * 7919}ü`.padEnd(12, "·"));
  return { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: parts.join("") }] } };
}
