/** What a connection is for: to hear what is published, or to be told that a wait has ended. */
export type SocketKind = "bus" | "wait";

/** What Workers say now and then, and what the platform answers without waking the object. */
export const PING = "ping";
export const PONG = "pong";

/** Says that a wait has ended: its outcome is to be taken. */
export const ENDED = "ended";

/** The code of a connection that its Worker closes because it is done. */
export const DONE = 1000;

/** The code of one that its Worker gives up, to open another. */
export const BROKEN = 4000;
