import { type Answer, answerTo, eventsOf, wrong } from "./answers.ts";
import { Connection, type HttpResponse } from "./connection.ts";
import { callTool, legacyHeaders, post, request, wire } from "./messages.ts";
import { withPatience } from "./patience.ts";
import { openSession } from "./session.ts";

/** A client that calls a tool, is asked something, and answers. */
export interface Asked {
  /** One call with its question. @throws when the answer is wrong */
  roundTrip(): Promise<void>;
  close(): void;
}

const accepted = { action: "accept", content: { sure: true } };
const item = "the-file";
const verdict = `Deleted ${item}.`;

function checkVerdict(answer: Answer, response: HttpResponse): void {
  if (answer.result?.content?.[0]?.text !== verdict) throw wrong(`the text "${verdict}"`, response);
}

/** The question comes as the call's result; the answer goes with the repeated call. */
export async function askedInResult(port: number): Promise<Asked> {
  const connection = await Connection.open(port);
  const params = { name: "confirm", arguments: { item } };
  const call = wire(request({ modern: true }, 1, "tools/call", params), port);
  return {
    async roundTrip() {
      const first = await connection.send(call);
      const { result } = answerTo(1, first);
      if (result?.resultType !== "input_required") throw wrong("a question", first);
      const [key = ""] = Object.keys(result.inputRequests);
      const { requestState } = result;
      const again = {
        ...params,
        inputResponses: { [key]: accepted },
        ...(requestState !== undefined && { requestState }),
      };
      const second = await connection.send(wire(request({ modern: true }, 2, "tools/call", again), port));
      checkVerdict(answerTo(2, second), second);
    },
    close: () => connection.close(),
  };
}

/**
 * The question comes on the call's stream, or on the one that the client listens on; the answer goes by a
 * request of its own.
 */
export async function askedOnStream(port: number): Promise<Asked> {
  const calling = await Connection.open(port);
  const answering = await Connection.open(port);
  const listening = await Connection.open(port);
  const sessionId = await openSession(answering, port);
  const asked = new QuestionReader((question) => answer(question));
  const listen = wire({ method: "GET", headers: legacyHeaders(sessionId), body: "" }, port);
  // Ends with the connection, however that comes.
  listening.send(listen, (text) => asked.read(text)).catch(() => {});
  let answered: Promise<void> | undefined;
  let id = 0;
  let questions = 0;

  function answer(question: Answer): void {
    questions++;
    const response = wire(post(sessionId, { id: question.id, result: accepted }), port);
    answered = answering.send(response).then((told) => {
      if (told.status !== 202) throw wrong("status 202", told);
    });
  }

  return {
    async roundTrip() {
      id++;
      const call = wire(callTool({ modern: false, sessionId }, id, "confirm", { item }), port);
      const reader = new QuestionReader((question) => answer(question));
      const response = await calling.send(call, (text) => reader.read(text));
      if (questions !== id) throw wrong("one question for each call", response);
      await answered;
      checkVerdict(answerTo(id, response), response);
    },
    close() {
      for (const connection of [calling, answering, listening]) connection.close();
    },
  };
}

/** Finds the questions in an event stream. */
class QuestionReader {
  readonly #found: (question: Answer) => void;
  #rest = "";

  constructor(found: (question: Answer) => void) {
    this.#found = found;
  }

  read(text: string): void {
    const whole = this.#rest + text;
    const end = whole.lastIndexOf("\n\n") + 1;
    this.#rest = whole.slice(end);
    for (const message of eventsOf(whole.slice(0, end))) {
      if (message.method === "elicitation/create") this.#found(message);
    }
  }
}

/** How many round trips all clients together make in a second. */
export async function roundTripsPerSecond(clients: readonly Asked[], seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let count = 0;
  const work = clients.map(async (client) => {
    while (performance.now() < end) {
      await client.roundTrip();
      count++;
    }
  });
  await withPatience(Promise.all(work), seconds * 1000);
  return count / ((performance.now() - start) / 1000);
}
