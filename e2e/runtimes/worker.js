// A Worker: bound when it is loaded, without sessions, as any of its isolates may get the next request.
import { createHandler } from "./server.js";

export default { fetch: createHandler({ sessions: false }) };
