import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { keepsSessions } from "../shared/process.ts";
import { stream } from "./http.ts";

/** Opens an event stream, and gives what writes its messages. Within sessions each has an id. */
export function openEvents(response: ServerResponse): (message: unknown) => void {
  stream(response);
  if (!keepsSessions) return (message) => response.write(`data: ${JSON.stringify(message)}\n\n`);
  const streamId = `p${randomUUID().replaceAll("-", "")}`;
  let sequence = 0;
  return (message) => {
    sequence++;
    response.write(`id: ${streamId}_${sequence}\ndata: ${JSON.stringify(message)}\n\n`);
  };
}
