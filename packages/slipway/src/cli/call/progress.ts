import type { Notification, Progress, TaskStatus } from "../../client/index.ts";
import { onOneLine, printable, printableJson } from "../printable.ts";
import type { Screen } from "../screen.ts";
import type { Style } from "../style.ts";

const WIDTH = 24;

/** A bar where the total is known, else how far it has come. */
function progressLine({ progress, total, message }: Progress, bars: boolean): string {
  const said = message === undefined ? "" : ` ${onOneLine(message)}`;
  if (typeof total !== "number" || total <= 0) return onOneLine(progress) + said;
  const part = Math.min(Math.max(progress / total, 0), 1);
  const filled = Math.round(part * WIDTH);
  const bar = bars ? `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ` : "";
  return `${bar}${Math.floor(part * 100)} % (${onOneLine(progress)} of ${total})${said}`;
}

/** Shows on standard error how a call goes on, and what the server says besides. */
export class Course {
  readonly #screen: Screen;
  readonly #style: Style;
  readonly #quiet: boolean;

  constructor(screen: Screen, style: Style, quiet: boolean) {
    this.#screen = screen;
    this.#style = style;
    this.#quiet = quiet;
  }

  readonly progressed = (progress: Progress): void => {
    if (this.#quiet) return;
    const line = progressLine(progress, this.#screen.isTerminal);
    if (this.#screen.isTerminal) this.#screen.status(line);
    else this.#screen.line(`progress: ${line}`);
  };

  readonly became = ({ taskId, status, statusMessage }: TaskStatus): void => {
    if (this.#quiet) return;
    const said = statusMessage === undefined ? "" : `: ${onOneLine(statusMessage)}`;
    this.#screen.line(this.#style.dim(`task ${onOneLine(taskId)} is ${onOneLine(status)}${said}`));
  };

  /** @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging */
  readonly notified = ({ method, params = {} }: Notification): void => {
    if (method !== "notifications/message" || this.#quiet) return;
    const { level = "info", logger, data } = params;
    const text = typeof data === "string" ? printable(data) : printableJson(data);
    const from = typeof logger === "string" ? ` ${onOneLine(logger)}:` : "";
    this.#screen.line(`${this.#paint(String(level))(`[${onOneLine(level)}]`)}${from} ${text}`);
  };

  #paint(level: string): (text: string) => string {
    if (level === "warning") return this.#style.yellow;
    return ["debug", "info", "notice"].includes(level) ? this.#style.dim : this.#style.red;
  }

  ended(): void {
    this.#screen.status(undefined);
  }
}
