import type { Target, Way } from "../connect.ts";
import type { Begin } from "./knock.ts";
import type { Reply, Wire } from "./wire.ts";

/** What is examined, and what is known about it so far. */
export interface Exam {
  readonly url: URL;
  /** Whether the server is on this machine. */
  readonly local: boolean;
  readonly wire: Wire;
  readonly target: Target & { readonly kind: "http" };
  readonly way: Way;
  /** The web page that is to call the server, if any. */
  readonly origin: string | undefined;
  /** How long an open stream is watched, in milliseconds. */
  readonly idleMs: number;
  /** How long something may take that should come at once, in milliseconds. */
  readonly patienceMs: number;
  /** The answer to the first request, and which that was: something that every client begins with. */
  readonly opening: Reply;
  readonly begin: Begin;
}

/** An exam of a server that has let the examiner in, with the newest revision of each era that it speaks. */
export interface Admitted extends Exam {
  readonly modern: string | undefined;
  readonly legacy: string | undefined;
  /** Whether it knows only the transport that came before Streamable HTTP. */
  readonly onlySse: boolean;
}

const LOOPBACK = /^(localhost|[^.]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function isLocal({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}
