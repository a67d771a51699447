// A Durable Object, to which all requests of a server come, so that it may keep sessions.
import { createHandler } from "./server.js";

export class Durable {
  #handler = createHandler({ sessions: true });

  fetch(request) {
    return this.#handler(request);
  }
}

export default {
  fetch: (request, { DURABLE }) => DURABLE.get(DURABLE.idFromName("server")).fetch(request),
};
