import type { Attack, Expected } from "../attack.ts";
import { bearer, http, LEGACY, legacy, MODERN, message, meta, modern, tool } from "../requests.ts";
import type { Door } from "../server.ts";
import { open, type Target } from "../target.ts";
import { type Answer, eventsOf, type Raw } from "../wire.ts";

type Token = "ada" | "eve" | "ada-of-two";
/** Another caller of the same tenant, and one of the same name in another. */
const THIEVES: readonly Token[] = ["eve", "ada-of-two"];

const NOT_FOUND: Expected = {
  status: 404,
  code: -32600,
  says: /^Session not found: it has ended or was never opened, so start a new one with initialize\.$/,
};
const GONE: Expected = {
  status: 410,
  code: -32600,
  says: /^The events after this Last-Event-ID are no longer held: send the request again\.$/,
};
const NO_TASK: Expected = { status: 200, code: -32602, says: /^Task not found: [0-9a-f]+$/ };

const get = (session: string, token: Token, lastEventId?: string) =>
  http("GET", [
    ["Mcp-Session-Id", session],
    ["Last-Event-ID", lastEventId],
    ["MCP-Protocol-Version", LEGACY],
    ...bearer(token),
  ]);
const sessionOf = (target: Target, token: Token, door: Door = "guarded") =>
  target.session(door, tokenOf(token));
const tokenOf = (token: Token) => [["Authorization", `Bearer ${token}`]] as const;

/** A call of ada's that waits for an answer of hers, with the stream on which it was asked. */
async function asking(
  target: Target,
): Promise<{ session: string; raw: Raw; question: string; eventId: string }> {
  const session = await target.newSession("guarded", tokenOf("ada"));
  const call = { id: 7, method: "tools/call", params: { name: "ask", arguments: { order: "1" } } };
  const raw = open(target, legacy(session, call, bearer("ada")), "guarded");
  await raw.says(/elicitation\/create/);
  const [, id = ""] =
    /"id":"([^"]+)","method":"elicitation\/create"|"method":"elicitation\/create".*?"id":"([^"]+)"/
      .exec(raw.text)
      ?.filter((part) => part !== undefined) ?? [];
  const [, eventId = ""] = /id: (\S+)\n/.exec(raw.text) ?? [];
  return { session, raw, question: id, eventId };
}

const ANSWER = (content: object) => ({ action: "accept", content });

/** What somebody does with the session of another, whose id leaked. */
const IN_ANOTHERS: {
  readonly [what: string]: (victim: Awaited<ReturnType<typeof asking>>, thief: Token) => Buffer;
} = {
  "calls a tool": ({ session }, thief) =>
    legacy(session, { id: 1, method: "tools/call", params: { name: "mark" } }, bearer(thief)),
  "lists tools": ({ session }, thief) => legacy(session, { id: 1, method: "tools/list" }, bearer(thief)),
  pings: ({ session }, thief) => legacy(session, { id: 1, method: "ping" }, bearer(thief)),
  "sets the log level": ({ session }, thief) =>
    legacy(session, { id: 1, method: "logging/setLevel", params: { level: "debug" } }, bearer(thief)),
  subscribes: ({ session }, thief) =>
    legacy(session, { id: 1, method: "resources/subscribe", params: { uri: "test://plain" } }, bearer(thief)),
  "cancels a call": ({ session }, thief) =>
    legacy(session, { method: "notifications/cancelled", params: { requestId: 7 } }, bearer(thief)),
  "says that it is ready": ({ session }, thief) =>
    legacy(session, { method: "notifications/initialized" }, bearer(thief)),
  "answers a question": ({ session, question }, thief) =>
    legacy(session, { id: question, result: ANSWER({ sure: true }) }, bearer(thief)),
  "answers a question with an error": ({ session, question }, thief) =>
    legacy(session, { id: question, error: { code: -1, message: "no" } }, bearer(thief)),
  listens: ({ session }, thief) => get(session, thief),
  "resumes a stream": ({ session, eventId }, thief) => get(session, thief, eventId),
  "ends it": ({ session }, thief) => http("DELETE", [["Mcp-Session-Id", session], ...bearer(thief)]),
};

/** Does something beside a question to ada, and then answers it as ada: the question must have waited for that. */
async function beside(
  target: Target,
  what: (victim: Awaited<ReturnType<typeof asking>>) => Promise<Answer>,
): Promise<Answer> {
  const victim = await asking(target);
  try {
    const answer = await what(victim);
    await target.send(
      legacy(victim.session, { id: victim.question, result: ANSWER({ sure: false }) }, bearer("ada")),
      "guarded",
    );
    await victim.raw.says(/refunded 1 for 7: false/);
    return answer;
  } finally {
    victim.raw.close();
  }
}

/** Ids that are nearly those of a session. */
function nearly(id: string): string[] {
  const flipped = [...id].map(
    (character, at) => id.slice(0, at) + (character === "0" ? "1" : "0") + id.slice(at + 1),
  );
  const other = flipped.filter((guess) => guess !== id);
  return [
    ...other,
    id.slice(1),
    id.slice(0, -1),
    `${id}0`,
    `x${id}`,
    id.split("").reverse().join(""),
    `${id}, ${id}`,
    `"${id}"`,
    `${id};`,
    `*`,
    `%`,
    `${id}/../${id}`,
  ];
}

/** Events that are nearly those of a stream. */
function nearlyEvent(id: string): string[] {
  const [, stream = "", sequence = ""] = /^(.*)_(\d+)$/.exec(id) ?? [];
  const places = [
    `${Number(sequence) + 100}`,
    "-1",
    "00",
    `0${sequence}`,
    "1e3",
    "9007199254740993",
    "9".repeat(15),
    "1.5",
    "",
    "NaN",
    " 1",
  ];
  return [
    ...places.map((place) => `${stream}_${place}`),
    stream,
    `_${sequence}`,
    sequence,
    `${stream.slice(0, -1)}_${sequence}`,
    `${stream}x_${sequence}`,
    `${id}, ${id}`,
    `${id}\t${id}`,
    "*",
  ];
}

const draft = async (target: Target, text: string, token: Token) =>
  (await target.send(tool("draft", { text }, bearer(token)), "guarded")).messages[0]?.["result"].content[0]
    .text as string;
const withTasks = (more: object = {}) =>
  meta({
    "io.modelcontextprotocol/clientCapabilities": {
      elicitation: { form: {} },
      extensions: { "io.modelcontextprotocol/tasks": {} },
    },
    ...more,
  });
const task = async (target: Target, token: Token) => {
  const call = modern("tools/call", { name: "work", arguments: {}, _meta: withTasks() }, bearer(token));
  return (await target.send(call, "guarded")).messages[0]?.["result"].taskId as string;
};

function* attacks(): Generator<Attack> {
  for (const thief of THIEVES) {
    for (const [what, bytes] of Object.entries(IN_ANOTHERS)) {
      yield {
        name: `${thief} ${what} in a session of ada's`,
        by: (target) => beside(target, (victim) => target.send(bytes(victim, thief), "guarded")),
        answer: NOT_FOUND,
      };
    }
    yield {
      name: `${thief} resumes a stream of ada's in a session of its own`,
      by: (target) =>
        beside(target, async ({ eventId }) =>
          target.send(get(await sessionOf(target, thief), thief, eventId), "guarded"),
        ),
      answer: GONE,
    };
    yield {
      name: `${thief} answers a question of ada's in a session of its own, and nobody hears it`,
      by: (target) =>
        beside(target, async ({ question }) =>
          target.send(
            legacy(
              await sessionOf(target, thief),
              { id: question, result: ANSWER({ sure: true }) },
              bearer(thief),
            ),
            "guarded",
          ),
        ),
      answer: { status: 202 },
    };
    yield {
      name: `${thief} cancels a call of ada's in a session of its own, and nobody hears it`,
      by: (target) =>
        beside(target, async () =>
          target.send(
            legacy(
              await sessionOf(target, thief),
              { method: "notifications/cancelled", params: { requestId: 7 } },
              bearer(thief),
            ),
            "guarded",
          ),
        ),
      answer: { status: 202 },
    };
    yield {
      name: `${thief} posts to a stream of HTTP+SSE of ada's`,
      async by(target) {
        const stream = open(target, http("GET", bearer("ada"), "", "/sse"), "guarded");
        const [, address] = /data: (\S+)\n/.exec(await stream.says(/data: \S+\n/)) ?? [];
        const answer = await target.send(http("POST", bearer(thief), message("ping"), address), "guarded");
        stream.close();
        return answer;
      },
      answer: { status: 404, code: -32600, says: /^Session not found: open \/sse first/ },
    };
    yield {
      name: `${thief} opens a handle of ada's`,
      by: async (target) =>
        target.send(tool("read", { draft: await draft(target, "ada's", "ada") }, bearer(thief)), "guarded"),
      answer: { failed: /^There is no such draft: it has expired, or the id is wrong\. Create a new one\.$/ },
    };
    for (const [what, method, params] of [
      ["looks at", "tasks/get", {}],
      ["cancels", "tasks/cancel", {}],
      ["answers", "tasks/update", { inputResponses: { elicitation: ANSWER({ sure: true }) } }],
    ] as const) {
      yield {
        name: `${thief} ${what} a task of ada's`,
        by: async (target) =>
          target.send(
            modern(
              method,
              { taskId: await task(target, "ada"), ...params, _meta: withTasks() },
              bearer(thief),
            ),
            "guarded",
          ),
        answer: NO_TASK,
      };
    }
    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      yield {
        name: `${thief} asks for a task of ada's by ${method} of a session`,
        by: async (target) =>
          target.send(
            legacy(
              await sessionOf(target, thief),
              { id: 1, method, params: { taskId: await task(target, "ada") } },
              bearer(thief),
            ),
            "guarded",
          ),
        answer: NO_TASK,
      };
    }
    yield {
      name: `${thief} takes a task of ada's for a cursor`,
      by: async (target) =>
        target.send(
          legacy(
            await sessionOf(target, thief),
            { id: 1, method: "tasks/list", params: { cursor: await task(target, "ada") } },
            bearer(thief),
          ),
          "guarded",
        ),
      answer: { status: 200, code: -32602, says: /^"cursor" is none that was given out/ },
    };
    yield {
      name: `${thief} lists its tasks, and sees none of ada's`,
      async by(target) {
        await task(target, "ada");
        return target.send(
          legacy(await sessionOf(target, thief), { id: 1, method: "tasks/list" }, bearer(thief)),
          "guarded",
        );
      },
      answer: { served: /"result":\{"tasks":\[\]\}/ },
    };
    yield {
      name: `${thief} subscribes to a task of ada's, and is told of none`,
      async by(target) {
        const filter = { taskIds: [await task(target, "ada")] };
        const raw = open(
          target,
          modern("subscriptions/listen", { notifications: filter, _meta: withTasks() }, bearer(thief)),
          "guarded",
        );
        const text = await raw.says(/acknowledged.*\n\n/);
        raw.close();
        return {
          head: "",
          body: "",
          messages: eventsOf(text.slice(text.indexOf("data: ")))
            .map(({ message: told }) => told)
            .slice(-1),
        };
      },
      answer: { served: /"notifications":\{"taskIds":\[\]\}/ },
    };
  }
  yield {
    name: "ids that are nearly those of a session",
    async by(target) {
      const answers: Answer[] = [];
      for (const guess of nearly(await sessionOf(target, "ada"))) {
        answers.push(await target.send(legacy(guess, { id: 1, method: "ping" }, bearer("ada")), "guarded"));
      }
      return answers;
    },
    answer: NOT_FOUND,
  };
  yield {
    name: "ids that are nearly those of an event",
    async by(target) {
      const { session, raw, eventId } = await asking(target);
      const answers: Answer[] = [];
      for (const guess of nearlyEvent(eventId))
        answers.push(await target.send(get(session, "ada", guess), "guarded"));
      raw.close();
      await target.send(http("DELETE", [["Mcp-Session-Id", session], ...bearer("ada")]), "guarded");
      return answers;
    },
    answer: GONE,
  };
  yield {
    name: "an event of another session of one's own",
    by: (target) =>
      beside(target, async ({ eventId }) =>
        target.send(get(await sessionOf(target, "ada"), "ada", eventId), "guarded"),
      ),
    answer: GONE,
  };
  yield {
    name: "an answer to a question of another session of one's own, which nobody hears",
    by: (target) =>
      beside(target, async ({ question }) =>
        target.send(
          legacy(
            await sessionOf(target, "ada"),
            { id: question, result: ANSWER({ sure: true }) },
            bearer("ada"),
          ),
          "guarded",
        ),
      ),
    answer: { status: 202 },
  };
  yield {
    name: "answers to questions that are guessed, which nobody hears",
    by: (target) =>
      beside(target, async ({ session, question }) => {
        let answer: Answer | undefined;
        for (const guess of nearly(question)) {
          answer = await target.send(
            legacy(session, { id: guess, result: ANSWER({ sure: true }) }, bearer("ada")),
            "guarded",
          );
        }
        return answer as Answer;
      }),
    answer: { status: 202 },
  };
  yield {
    name: "a session that its owner has ended, played again",
    async by(target) {
      const session = await target.newSession("guarded", tokenOf("ada"));
      await target.send(http("DELETE", [["Mcp-Session-Id", session], ...bearer("ada")]), "guarded");
      const answers = [
        await target.send(legacy(session, { id: 1, method: "ping" }, bearer("ada")), "guarded"),
        await target.send(get(session, "ada"), "guarded"),
        await target.send(http("DELETE", [["Mcp-Session-Id", session], ...bearer("ada")]), "guarded"),
      ];
      return answers;
    },
    answer: NOT_FOUND,
  };
  yield {
    name: "a session of ada's, used without a token",
    by: async (target) =>
      target.send(legacy(await sessionOf(target, "ada"), { id: 1, method: "ping" }), "guarded"),
    answer: { status: 401, code: -32600, says: /^A valid token is needed\.$/ },
  };
  yield {
    name: "a session of a caller with a name, used where nobody has one",
    by: async (target) => target.send(legacy(await sessionOf(target, "ada"), { id: 1, method: "ping" })),
    answer: NOT_FOUND,
  };
  yield {
    name: "a session's id in a request that needs none, which means nothing",
    by: async (target) =>
      target.send(
        tool("echo", { text: "a" }, [["Mcp-Session-Id", await sessionOf(target, "ada")], ...bearer("eve")]),
        "guarded",
      ),
    answer: { served: /^a$/ },
  };
  yield {
    name: `an answer of a session, sent as one of ${MODERN}`,
    by: (target) =>
      beside(target, ({ question }) =>
        target.send(
          http(
            "POST",
            [["MCP-Protocol-Version", MODERN], ...bearer("ada")],
            JSON.stringify({ jsonrpc: "2.0", id: question, result: ANSWER({ sure: true }) }),
          ),
          "guarded",
        ),
      ),
    answer: { status: 400, code: -32600, says: /^Clients of this revision send no responses/ },
  };
}

export const sessions = [...attacks()];
