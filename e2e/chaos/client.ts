import type { CallSeen, Seen } from "./history.ts";
import { BrokenError, type Message, SilentError } from "./wire.ts";

/** What clients of both eras are made of. */
export interface ClientInit {
  readonly url: string;
  /** Who it is. */
  readonly subject: string;
  /** Where it writes down what it sees. */
  readonly seen: Seen[];
  /** Ends all that it does. */
  readonly gone: AbortSignal;
  /** How long it goes on until it gives a call up, in milliseconds. */
  readonly patienceMs: number;
  /** How long its user takes to answer a question, in milliseconds. Default: no time. */
  readonly thinkMs?: number;
  /** Whether it heeds `Retry-After`. Default: what is refused has failed. */
  readonly retries?: boolean;
}

/** A call of which nothing more will be heard. One that met with silence never ended. */
export function endWith(call: CallSeen, error: unknown): void {
  if (error instanceof BrokenError) {
    call.end = "broken";
    call.text = error.message;
  } else if (error instanceof SilentError) call.text = `silence after ${error.message}`;
  else throw error;
}

export function finish(call: CallSeen, result: Message["result"], error: Message["error"]): void {
  call.end = error === undefined && result?.isError !== true ? "result" : "error";
  call.text = error?.message ?? result?.content?.[0]?.text ?? "";
}

export async function refusal(response: Response): Promise<{ message: string }> {
  return { message: `${response.status} ${await response.text().catch(() => "")}` };
}
