import type { Attack, Expected } from "../attack.ts";
import { bearer, type Fields, modern } from "../requests.ts";
import type { Door } from "../server.ts";
import type { Target } from "../target.ts";
import type { Answer, Message } from "../wire.ts";

const REFUSED: Expected = {
  status: 400,
  code: -32602,
  says: /^"requestState" cannot be continued here: send the request again without "requestState" and "inputResponses"\.$/,
};
const NO_STRING: Expected = {
  status: 200,
  code: -32602,
  says: /^"requestState" must be the string that was sent\.$/,
};
const SERVED: Expected = { served: /^refunded 1 for 7: true$/ };
const YES = { action: "accept", content: { sure: true } };

interface Suspended {
  readonly state: string;
  readonly key: string;
}

/** A call of ada's that waits for her answer, with what she carries. */
async function suspended(target: Target, door: Door = "guarded"): Promise<Suspended> {
  const call = modern("tools/call", { name: "ask", arguments: { order: "1" } }, bearer("ada"));
  const { requestState: state, inputRequests } =
    (await target.send(call, door)).messages[0]?.["result"] ?? {};
  const [key = ""] = Object.keys(inputRequests ?? {});
  return { state, key };
}

/** The call again, with the answer, as it should be but for what is given. */
function again({ state, key }: Suspended, more: Message = {}, fields: Fields = bearer("ada")): Buffer {
  const params = {
    name: "ask",
    arguments: { order: "1" },
    requestState: state,
    inputResponses: { [key]: YES },
    ...more,
  };
  return modern("tools/call", params, fields);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Each bit of what is sealed turned over, by the characters that carry it. */
function flipped(state: string): string[] {
  const bytes = Buffer.from(state, "base64url");
  const states: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    states.push(changed.toString("base64url"));
  }
  return states;
}

/** Other spellings of the same bytes, and of nearly the same. */
function respelled(state: string): string[] {
  const last = ALPHABET.indexOf(state.at(-1) as string);
  return [
    `${state}=`,
    `${state}==`,
    `${state}A`,
    ` ${state}`,
    `${state} `,
    `${state}\n`,
    `${state.slice(0, 8)}\n${state.slice(8)}`,
    `A${state}`,
    state + state,
    state.slice(0, -1) + ALPHABET[last ^ 1],
    `${state}\0`,
    encodeURIComponent(`${state}=`),
    JSON.stringify(state),
    state.toLowerCase(),
    state.toUpperCase(),
    Buffer.from(state, "base64url").toString("hex"),
    Buffer.from(state).toString("base64url"),
    `ref.${state}`,
    "ref.",
    "ref.__proto__",
    "ref.0",
    "ref.ref.x",
    "",
    "A",
    "AAAA",
    "A".repeat(100),
    "A".repeat(100_000),
    "=",
    "💥",
    "{}",
    "null",
  ];
}

async function each(target: Target, states: (state: string) => readonly string[]): Promise<Answer[]> {
  const given = await suspended(target);
  const requests = states(given.state).map((state) => again({ ...given, state }));
  return target.sendAll(requests, "guarded");
}

const from = (door: Door, at: Door) => async (target: Target) =>
  target.send(again(await suspended(target, door)), at);
const with_ = (more: Message, fields?: Fields) => async (target: Target) =>
  target.send(again(await suspended(target), more, fields), "guarded");

export const sealedState: readonly Attack[] = [
  { name: "each byte changed", by: (target) => each(target, flipped), answer: REFUSED },
  {
    name: "cut after each character",
    by: (target) => each(target, (state) => Array.from(state, (_, end) => state.slice(0, end))),
    answer: REFUSED,
  },
  {
    name: "without each first character",
    by: (target) => each(target, (state) => Array.from(state.slice(1), (_, begin) => state.slice(begin + 1))),
    answer: REFUSED,
  },
  { name: "in other spellings", by: (target) => each(target, respelled), answer: REFUSED },
  {
    name: "halves of two",
    async by(target) {
      const [one, two] = [await suspended(target), await suspended(target)];
      const middle = Math.floor(one.state.length / 2);
      return target.send(
        again({ ...one, state: one.state.slice(0, middle) + two.state.slice(middle) }),
        "guarded",
      );
    },
    answer: REFUSED,
  },
  ...(
    [
      ["a number", 1],
      ["null", null],
      ["a list", ["x"]],
      ["an object", { toString: "x" }],
      ["true", true],
    ] as const
  ).map(([name, state]) => ({
    name: `in place of it ${name}`,
    by: with_({ requestState: state }),
    answer: NO_STRING,
  })),
  { name: "by another caller", by: with_({}, bearer("eve")), answer: REFUSED },
  {
    name: "by a caller of the same name, of another tenant",
    by: with_({}, bearer("ada-of-two")),
    answer: REFUSED,
  },
  { name: "by nobody", by: from("guarded", "open"), answer: REFUSED },
  { name: "of nobody, by somebody", by: from("open", "guarded"), answer: REFUSED },
  { name: "on another tool", by: with_({ name: "ask-too" }), answer: REFUSED },
  { name: "with another argument", by: with_({ arguments: { order: "2" } }), answer: REFUSED },
  { name: "with one more argument", by: with_({ arguments: { order: "1", more: 1 } }), answer: REFUSED },
  { name: "with an argument of another type", by: with_({ arguments: { order: 1 } }), answer: REFUSED },
  { name: "without arguments", by: with_({ arguments: undefined }), answer: REFUSED },
  {
    name: "in another method",
    async by(target) {
      const { state, key } = await suspended(target);
      const params = {
        name: "greet",
        arguments: { order: "1" },
        requestState: state,
        inputResponses: { [key]: YES },
      };
      return target.send(modern("prompts/get", params, bearer("ada")), "guarded");
    },
    answer: REFUSED,
  },
  {
    name: "past its time",
    async by(target) {
      const given = await suspended(target, "hasty");
      await new Promise((resolve) => setTimeout(resolve, 10));
      return target.send(again(given), "hasty");
    },
    answer: REFUSED,
  },
  { name: "of a secret that is retired", by: from("former", "guarded"), answer: REFUSED },
  { name: "of a secret that is not known yet", by: from("guarded", "former"), answer: REFUSED },
  { name: "of the former secret, while secrets change", by: from("former", "changing"), answer: SERVED },
  { name: "of the new secret, while secrets change", by: from("changing", "guarded"), answer: SERVED },
  {
    name: "twice, which does what comes after it once for each",
    async by(target) {
      const given = await suspended(target);
      return [await target.send(again(given), "guarded"), await target.send(again(given), "guarded")];
    },
    answer: SERVED,
  },
  {
    name: "with an answer that is not what was asked for",
    by: async (target) => {
      const given = await suspended(target);
      return target.send(
        again(given, {
          inputResponses: { [given.key]: { action: "accept", content: { sure: "<script>" } } },
        }),
        "guarded",
      );
    },
    answer: {
      status: 200,
      code: -32602,
      says: /^The client's answer to elicitation\/create does not fit what was asked: sure: [^<]*$/,
    },
  },
  {
    name: "with answers that are no objects",
    by: with_({ inputResponses: { a: "yes" } }),
    answer: {
      status: 200,
      code: -32602,
      says: /^"inputResponses" must be an object whose values are the results of the input requests\.$/,
    },
  },
  {
    name: "with answers in a list",
    by: with_({ inputResponses: [YES] }),
    answer: {
      status: 200,
      code: -32602,
      says: /^"inputResponses" must be an object whose values are the results of the input requests\.$/,
    },
  },
  {
    name: "with answers to other questions, so that its own is asked again",
    by: with_({ inputResponses: { other: YES, constructor: YES } }),
    answer: { served: /"resultType":"input_required"/ },
  },
];
