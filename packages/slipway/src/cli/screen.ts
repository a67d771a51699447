import { widthOf } from "./table.ts";

/** What a screen is drawn on: standard error, as a rule. */
export interface Surface {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const CLEAR = "\r\u001b[K";

/** Lines one after the other, and below them, on a terminal, one that is drawn anew whenever it changes. */
export class Screen {
  readonly #surface: Surface;
  #status: string | undefined;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  get isTerminal(): boolean {
    return this.#surface.isTTY === true;
  }

  get width(): number {
    return this.#surface.columns ?? 80;
  }

  line(text: string): void {
    this.#above(() => this.#surface.write(`${text}\n`));
  }

  /** What comes in pieces, each of whole lines or not. */
  text(text: string): void {
    if (text !== "") this.line(text.replace(/\n$/, ""));
  }

  /** The beginning of a line that a person goes on with. */
  prompt(text: string): void {
    this.status(undefined);
    this.#surface.write(text);
  }

  /** Draws the line at the bottom; undefined takes it away. Elsewhere than on a terminal it is nothing. */
  status(text: string | undefined): void {
    if (!this.isTerminal || text === this.#status) return;
    if (this.#status !== undefined) this.#surface.write(CLEAR);
    this.#status = text;
    this.#draw();
  }

  #above(write: () => void): void {
    if (this.#status !== undefined) this.#surface.write(CLEAR);
    write();
    this.#draw();
  }

  #draw(): void {
    if (this.#status === undefined) return;
    let text = this.#status;
    // A line that is broken could not be taken away again.
    while (widthOf(text) >= this.width) text = text.slice(0, -1);
    this.#surface.write(text);
  }
}
