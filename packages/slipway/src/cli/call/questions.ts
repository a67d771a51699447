import type { AskContext, ElicitFormRequest, ElicitResult, ElicitUrlRequest } from "../../client/index.ts";
import { Failure } from "../command.ts";
import type { Lines } from "../lines.ts";
import { onOneLine, printable } from "../printable.ts";
import type { Screen } from "../screen.ts";
import { type Answers, type Content, missingIn } from "./answers.ts";
import { fillIn } from "./fill-in.ts";
import { FieldError, fieldsOf, yesOrNo } from "./form.ts";

export interface QuestionSettings {
  readonly screen: Screen;
  /** Where the user types; undefined when nobody is there. */
  readonly lines: Lines | undefined;
  readonly answers: Answers;
  /** Says no to whatever is asked. */
  readonly decline: boolean;
  /** Agrees to whatever can be agreed to without typing. */
  readonly yes: boolean;
  /** Opens an address in the user's browser. */
  open(url: string): Promise<void>;
}

/** Has the user answer what servers ask, one question after the other. */
export class Questions {
  readonly #settings: QuestionSettings;
  #last: Promise<unknown> = Promise.resolve();
  /** What was declined without asking anybody, and how often. */
  readonly #declined = new Map<string, number>();

  constructor(settings: QuestionSettings) {
    this.#settings = settings;
  }

  /** @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests */
  readonly form = (request: ElicitFormRequest, { signal }: AskContext): Promise<ElicitResult> =>
    this.#inTurn(signal, () => this.#form(request, signal));

  /** @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-requests */
  readonly url = (request: ElicitUrlRequest, { signal }: AskContext): Promise<ElicitResult> =>
    this.#inTurn(signal, () => this.#url(request, signal));

  /** A question of any kind: only one at a time is on the screen. */
  #inTurn<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      signal.throwIfAborted();
      return ask();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #form(request: ElicitFormRequest, signal: AbortSignal): Promise<ElicitResult> {
    const { screen, lines, answers, decline, yes } = this.#settings;
    screen.line(`The server asks: ${printable(request.message)}`);
    if (decline) return this.#decline(request, "--decline");
    const fields = fieldsOf(request.requestedSchema);
    let content: Content;
    try {
      content = answers.contentFor(fields);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      return this.#decline(request, printable(error.message));
    }
    const open = fields.filter(({ name }) => !Object.hasOwn(content, name));
    const missing = missingIn(content, fields);
    const enough = missing.length === 0 && (yes || Object.keys(content).length > 0);
    if (enough && (lines === undefined || yes || open.length === 0)) return { action: "accept", content };
    if (lines !== undefined) return fillIn({ screen, lines, signal }, fields, content);
    const wanted = missing.map(({ name, hint }) => `--answer ${onOneLine(name)}=… (${hint})`).join(", ");
    return this.#decline(
      request,
      `standard input is no terminal; answer with ${wanted === "" ? "--yes" : wanted}`,
    );
  }

  async #url(request: ElicitUrlRequest, signal: AbortSignal): Promise<ElicitResult> {
    const { message, url } = request;
    const { screen, lines, decline, yes, open } = this.#settings;
    screen.line(`The server asks you to open a page: ${printable(message)}`);
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      return this.#decline(request, `${onOneLine(url)} is no address of a web page`);
    }
    // The address as a browser reads it, so that no other letters look like those of a name.
    screen.line(`  ${printable(parsed.href)}`);
    screen.line(
      `  It is on ${parsed.host}${parsed.protocol === "http:" ? ", and not encrypted on the way" : ""}.`,
    );
    if (decline) return this.#decline(request, "--decline");
    if (yes) return { action: "accept" };
    if (lines === undefined) return this.#decline(request, "standard input is no terminal; agree with --yes");
    for (;;) {
      screen.prompt("Open it in your browser? [yes, no, (o)pen it myself, (c)ancel] ");
      const said = (await lines.next(signal))?.trim().toLowerCase();
      if (said === undefined || said === "c" || said === "cancel") return { action: "cancel" };
      if (said === "o" || said === "open") return { action: "accept" };
      const answer = yesOrNo(said);
      if (answer === false) return { action: "decline" };
      if (answer !== true) continue;
      await open(parsed.href).catch((error: Error) =>
        screen.line(`No browser could be opened (${error.message}): please open the address yourself.`),
      );
      return { action: "accept" };
    }
  }

  /** @throws Failure when the server keeps on asking the same */
  #decline(request: object, why: string): ElicitResult {
    const key = JSON.stringify(request);
    const times = (this.#declined.get(key) ?? 0) + 1;
    this.#declined.set(key, times);
    if (times > PATIENCE) throw new Failure("The server asks again and again what was declined.");
    this.#settings.screen.line(`Declined: ${why.replace(/\.$/, "")}.`);
    return { action: "decline" };
  }
}

/** How often the same question is declined before the call is given up. */
const PATIENCE = 3;
