import { answerTo, eventsOf, wrong } from "./answers.ts";
import { Connection } from "./connection.ts";
import { callTool, legacyHeaders, request, wire } from "./messages.ts";
import { withPatience } from "./patience.ts";
import { openSession } from "./session.ts";

/** What came of one event, in milliseconds. */
export interface Delivery {
  /** From saying it on one instance to having it from the other. */
  readonly arrived: number;
  /** From saying it to hearing it on the other instance, where that is told. */
  readonly heard: number | undefined;
}

interface Arrival {
  readonly at: bigint;
  readonly heard: bigint | undefined;
}

/** A client that listens on one instance, and lets the other one say something, again and again. */
export class Listener {
  readonly #speaking: Connection;
  readonly #speakingPort: number;
  readonly #listening: Connection;
  readonly #sessionId: string;
  #rest = "";
  #arrive: (arrival: Arrival) => void = () => {};
  #id = 0;

  private constructor(
    speaking: Connection,
    speakingPort: number,
    listening: Connection,
    listeningPort: number,
    sessionId: string,
    begun: () => void,
  ) {
    this.#speaking = speaking;
    this.#speakingPort = speakingPort;
    this.#listening = listening;
    this.#sessionId = sessionId;
    const listen = wire({ method: "GET", headers: legacyHeaders(sessionId), body: "" }, listeningPort);
    // Ends with the connection, however that comes.
    listening
      .send(listen, (text) => {
        begun();
        this.#read(text);
      })
      .catch(() => {});
  }

  /** @param uri of the resource that the other instance will say has changed */
  static async open(speakingPort: number, listeningPort: number, uri: string): Promise<Listener> {
    const speaking = await Connection.open(speakingPort);
    const listening = await Connection.open(listeningPort);
    const sessionId = await openSession(speaking, speakingPort);
    let begun = () => {};
    const listens = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const listener = new Listener(speaking, speakingPort, listening, listeningPort, sessionId, begun);
    await withPatience(listens);
    const subscribe = request({ modern: false, sessionId }, 0, "resources/subscribe", { uri });
    answerTo(0, await speaking.send(wire(subscribe, speakingPort)));
    return listener;
  }

  /** @throws when the event does not come, or is another one */
  async deliver(): Promise<Delivery> {
    const id = ++this.#id;
    const arrival = new Promise<Arrival>((resolve) => {
      this.#arrive = resolve;
    });
    const caller = { modern: false, sessionId: this.#sessionId };
    const call = wire(callTool(caller, id, "say", {}), this.#speakingPort);
    const response = await withPatience(this.#speaking.send(call));
    // The clock of all processes of a machine.
    const said = answerTo(id, response).result?.content?.[0]?.text;
    if (!/^\d+$/.test(said)) throw wrong("the moment when it was said", response);
    const { at, heard } = await withPatience(arrival);
    const sinceSaid = (moment: bigint) => Number(moment - BigInt(said)) / 1e6;
    return { arrived: sinceSaid(at), heard: heard === undefined ? undefined : sinceSaid(heard) };
  }

  #read(text: string): void {
    const at = process.hrtime.bigint();
    const whole = this.#rest + text;
    const end = whole.lastIndexOf("\n\n") + 1;
    this.#rest = whole.slice(end);
    for (const { method, params } of eventsOf(whole.slice(0, end))) {
      if (method !== "notifications/resources/updated") continue;
      this.#arrive({ at, heard: params.heard === undefined ? undefined : BigInt(params.heard) });
    }
  }

  close(): void {
    this.#speaking.close();
    this.#listening.close();
  }
}
