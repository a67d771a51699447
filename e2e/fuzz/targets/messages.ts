import fc from "fast-check";
import { InMemorySessionAdapter } from "slipway";
import { Conversation, type Step } from "../conversation.ts";
import { headerChanges } from "../generate/headers.ts";
import {
  initialize,
  LEGACY,
  LEGACY_MESSAGES,
  MODERN,
  MODERN_MESSAGES,
  REVISIONS,
} from "../generate/messages.ts";
import { flips, mutated } from "../generate/mutate.ts";
import type { Target } from "../target.ts";
import { bind } from "./bound.ts";

interface MessageCase extends Step {
  /** Whether the server keeps sessions. */
  readonly sessions: boolean;
}

const ALL = [
  ...MODERN_MESSAGES.map((message) => ({ message, revision: MODERN as string | undefined })),
  ...MODERN_MESSAGES.map((message) => ({ message, revision: MODERN as string | undefined })),
  ...LEGACY_MESSAGES.map((message, nth) => ({ message, revision: [...LEGACY, undefined][nth % 5] })),
  ...REVISIONS.map((revision) => ({ message: initialize(revision), revision: undefined })),
];

const cases: fc.Arbitrary<MessageCase> = fc
  .tuple(
    mutated(ALL, ({ message }) => message),
    fc.oneof({ weight: 19, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: flips }),
    headerChanges,
    fc.boolean(),
    fc.nat({ max: 9 }),
  )
  .map(([[{ revision }, text], flips, headers, sessions, dice]) => ({
    method: "POST",
    text,
    ...(flips && { flips }),
    revision,
    headers,
    mirrors: dice > 0,
    sessions,
  }));

/** Single messages of all revisions over HTTP. */
export const messages: Target<MessageCase> = {
  name: "messages",
  share: 30,
  cases,
  open: () => {
    const stateless = bind();
    const stateful = bind({ sessionAdapter: new InMemorySessionAdapter() });
    return {
      run: async (one) => {
        const { handler, log } = one.sessions ? stateful : stateless;
        const conversation = new Conversation(handler);
        await conversation.step(one);
        await conversation.end();
        log.check();
      },
      close: async () => {
        await stateless.close();
        await stateful.close();
      },
    };
  },
};
