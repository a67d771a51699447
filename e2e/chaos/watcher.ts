import { setTimeout as pause } from "node:timers/promises";
import { eventsOf } from "./wire.ts";

export const WATCHED = "chaos://thing";

/** What a client is told of resources, on a stream that it opens again whenever it breaks. */
export class Watcher {
  /** How often it was told that what it watches has changed. */
  changes = 0;
  /** Other resources that it was told of. */
  readonly strange: string[] = [];

  /** @param open opens the stream; the place is where the last one broke off, where streams have places */
  async watch(open: (place: string | undefined) => Promise<Response>, gone: AbortSignal): Promise<void> {
    for (let place: string | undefined; !gone.aborted; await pause(50)) {
      try {
        const response = await open(place);
        if (response.status === 410) place = undefined;
        if (!response.ok) await response.body?.cancel();
        else
          for await (const { id, message } of eventsOf(response)) {
            place = id ?? place;
            if (message.method !== "notifications/resources/updated") continue;
            if (message.params?.uri === WATCHED) this.changes++;
            else this.strange.push(String(message.params?.uri));
          }
      } catch {
        // It broke; the next one goes on from there.
      }
    }
  }
}
