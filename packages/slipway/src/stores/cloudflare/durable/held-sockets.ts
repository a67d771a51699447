import type { ObjectSocket, ObjectState } from "./platform.ts";
import { PING, PONG, type SocketKind } from "./wire.ts";

interface Attachment {
  readonly kind: SocketKind;
  /** The instance, or the wait. */
  readonly id: string;
  /** When it was opened. */
  readonly at: number;
}

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ObjectSocket };
declare const WebSocketRequestResponsePair: new (request: string, response: string) => object;

/** Longer tags are refused by the platform. */
const LONGEST_ID = 200;

const OPEN = 1;

/** The connections of an object, which the platform holds for it while it is not in memory. */
export class HeldSockets {
  readonly #state: ObjectState;

  constructor(state: ObjectState) {
    this.#state = state;
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  /** Takes a new connection, and answers with the end that its Worker gets. */
  accept(kind: SocketKind, id: string): object {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#state.acceptWebSocket(ours, [kind, tag(kind, id)]);
    ours.serializeAttachment({ kind, id, at: Date.now() } satisfies Attachment);
    return theirs;
  }

  /** The connections of an instance or a wait; all of the kind, where none is named. */
  of(kind: SocketKind, id?: string): ObjectSocket[] {
    if (id !== undefined && id.length > LONGEST_ID) return [];
    return this.#state.getWebSockets(id === undefined ? kind : tag(kind, id));
  }

  holds(kind: SocketKind, id: string): boolean {
    return this.of(kind, id).some(connected);
  }

  /** When the Worker last gave a sign of life. */
  heardAt(socket: ObjectSocket): number {
    const pinged = this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(pinged, attachment(socket).at);
  }
}

export function attachment(socket: ObjectSocket): Attachment {
  return socket.deserializeAttachment() as Attachment;
}

export function connected(socket: ObjectSocket): boolean {
  return socket.readyState === OPEN;
}

/** Sends, unless the connection has just broken: its close is told apart. */
export function send(socket: ObjectSocket, text: string): void {
  if (!connected(socket)) return;
  try {
    socket.send(text);
  } catch {}
}

function tag(kind: SocketKind, id: string): string {
  return `${kind}:${id}`;
}
