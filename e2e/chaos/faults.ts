import type { SessionAdapter, Store } from "slipway";

/** What can be spoilt: events, what steps are for, or whose things are. */
export const FAULTS = ["lose", "duplicate", "reorder", "repeat", "everybody"] as const;
export type Fault = (typeof FAULTS)[number];

/** A store that gives back other events than it was given. */
export function spoilt(store: Store, fault: Fault): Store {
  const { sessions } = store;
  const replay: SessionAdapter["replay"] = async (id, lastEventId, write) => {
    const events: [string, unknown][] = [];
    await sessions.replay(id, lastEventId, (eventId, message) => void events.push([eventId, message]));
    if (fault === "lose" && events.length > 1) events.shift();
    if (fault === "reorder" && events.length > 1) events.push(...events.splice(0, 1));
    for (const [eventId, message] of events) await write(eventId, message);
  };
  const changed = new Proxy(sessions, {
    get(target, name) {
      if (name === "replay") return replay;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (fault !== "duplicate" || (name !== "appendEvent" && name !== "appendCallEvent"))
        return member.bind(target);
      return async (...args: unknown[]) => {
        const eventId = await member.apply(target, args);
        if (JSON.stringify(args).includes("notifications/progress")) await member.apply(target, args);
        return eventId;
      };
    },
  });
  return { ...store, sessions: changed };
}
