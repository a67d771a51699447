import fc from "fast-check";
import { classifyMessage, nestsDeeperThan } from "../../../packages/slipway/src/protocol/jsonrpc.ts";
import { fault } from "../fault.ts";
import { LEGACY_MESSAGES, MODERN_MESSAGES } from "../generate/messages.ts";
import { mutated } from "../generate/mutate.ts";
import { depthOf } from "../oracle/depth.ts";
import { asked } from "../oracle/ids.ts";
import type { Target } from "../target.ts";

interface TextCase {
  readonly text: string;
  readonly depth: number;
}

/** What a JSON text is as a message, and how deep it nests, held to another reading of the same. */
export const jsonRpc: Target<TextCase> = {
  name: "json-rpc",
  share: 20,
  cases: fc
    .tuple(
      mutated([...LEGACY_MESSAGES, ...MODERN_MESSAGES], (message) => message),
      fc.nat({ max: 70 }),
    )
    .map(([[, text], depth]) => ({ text, depth })),
  open: () => ({ run: check }),
};

function check({ text, depth }: TextCase): void {
  const deeper = nestsDeeperThan(text, depth);
  const { json, batch, requests, malformed } = asked(text);
  if (!json || batch) return;
  const value: unknown = JSON.parse(text);
  if (deeper !== depthOf(text) > depth) fault(`Nests deeper than ${depth}: ${deeper}`, text);
  const kind = classifyMessage(value);
  const read = typeof kind === "string" ? kind : kind.kind;
  const [request] = requests;
  const [id] = malformed;
  const expected = request !== undefined ? "request" : malformed.length > 0 ? "malformed" : "other";
  if (expected === "other" ? read === "request" : read !== expected) {
    // A notification is never answered, however malformed.
    const isMute = expected === "other" && typeof kind !== "string" && kind.notification === true;
    if (!isMute) fault(`A message is taken for a ${read}, and is a ${expected}`, text);
  }
  if (typeof kind !== "string" && kind.notification !== true && kind.id !== id)
    fault(`The id is read as ${kind.id}`, text);
}
