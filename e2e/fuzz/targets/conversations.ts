import fc from "fast-check";
import { InMemoryJournalAdapter, InMemorySessionAdapter } from "slipway";
import { Conversation, type Step } from "../conversation.ts";
import { type HeaderChange, headerChanges } from "../generate/headers.ts";
import {
  ANSWERS,
  initialize,
  LEGACY,
  LEGACY_MESSAGES,
  type Message,
  MODERN,
  MODERN_MESSAGES,
  topicsOf,
} from "../generate/messages.ts";
import { mutated } from "../generate/mutate.ts";
import { nastyString } from "../generate/nasty.ts";
import type { Subject, Target } from "../target.ts";
import { bind } from "./bound.ts";

interface ConversationCase {
  readonly steps: readonly Step[];
  /** What the client says to questions, one after the other. */
  readonly answers: readonly string[];
}

const self = (message: Message): Message => message;

const answer = mutated(
  ANSWERS.map((result) => ({ jsonrpc: "2.0" as const, id: "$ask", result })),
  self,
  6,
).map(([, text]) => text);

const who = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom("ann", "bob") },
);

function posts(revision: string, originals: readonly Message[]): fc.Arbitrary<Step> {
  return fc.tuple(mutated(originals, self, 6), headerChanges, who).map(([[, text], headers, who]) => ({
    method: "POST",
    text,
    revision,
    headers,
    mirrors: true,
    ...(who !== undefined && { who }),
  }));
}

/** Steps about anything, or about one thing. */
function stepsOf(
  revision: string,
  originals: readonly Message[],
  others: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[],
): fc.Arbitrary<Step[]> {
  const lists = [originals, ...topicsOf(originals)].map((messages) =>
    fc.array(fc.oneof({ weight: 12, arbitrary: posts(revision, messages) }, ...others), {
      minLength: 2,
      maxLength: 6,
      size: "max",
    }),
  );
  return fc.oneof({ weight: 6, arbitrary: lists[0] as fc.Arbitrary<Step[]> }, ...lists.slice(1));
}

/** Several messages in one body. */
function batches(revision: string): fc.Arbitrary<Step> {
  return fc.array(mutated(LEGACY_MESSAGES, self), { maxLength: 4 }).map((parts) => ({
    method: "POST",
    text: `[${parts.map(([, text]) => text).join(",")}]`,
    revision,
    headers: [],
    mirrors: false,
  }));
}

const eventId: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("$event", "$event", "$event0", "$event_1", "0", "_0", "a_-1") },
  { weight: 1, arbitrary: nastyString.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?")) },
);

function others(revision: string): fc.Arbitrary<Step> {
  return fc
    .tuple(
      fc.constantFrom("GET", "GET", "GET", "DELETE", "OPTIONS", "PUT"),
      fc.option(eventId),
      headerChanges,
      who,
    )
    .map(([method, id, headers, who]) => {
      const resumes: HeaderChange[] = id === null ? [] : [{ name: "last-event-id", value: id, twice: false }];
      return {
        method,
        revision,
        headers: [...resumes, ...headers],
        mirrors: false,
        ...(who !== undefined && { who }),
      } as Step;
    });
}

/** Opens with a handshake that is mostly in order. */
const openings = (revision: string): fc.Arbitrary<Step> =>
  fc
    .oneof(
      {
        weight: 9,
        arbitrary: fc
          .constantFrom(initialize(revision), initialize(revision, {}))
          .map((message) => JSON.stringify(message)),
      },
      { weight: 1, arbitrary: mutated([initialize(revision)], self).map(([, text]) => text) },
    )
    .map((text) => ({ method: "POST", text, headers: [], mirrors: false }));

const READY: Step = {
  method: "POST",
  text: JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
  headers: [],
  mirrors: false,
};

/** Rarely does a client not say that it is ready, as it is asked nothing for two seconds then. */
const readiness: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 499, arbitrary: fc.constant([READY]) },
  { weight: 1, arbitrary: fc.constant([]) },
);

const casesOf = (revision: string): fc.Arbitrary<ConversationCase> =>
  fc
    .tuple(
      openings(revision),
      readiness,
      stepsOf(revision, LEGACY_MESSAGES, [
        { weight: 3, arbitrary: others(revision) },
        { weight: 1, arbitrary: batches(revision) },
      ]),
      fc.array(answer, { maxLength: 3, size: "max" }),
    )
    .map(([opening, ready, steps, answers]) => ({ steps: [opening, ...ready, ...steps], answers }));

const modernCases: fc.Arbitrary<ConversationCase> = stepsOf(MODERN, MODERN_MESSAGES, []).map((steps) => ({
  steps,
  answers: [],
}));

function openConversations(): Subject<ConversationCase> {
  const { handler, log, idle, close } = bind({
    sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 8 }),
    journalAdapter: new InMemoryJournalAdapter(),
  });
  return {
    run: async ({ steps, answers }) => {
      const conversation = new Conversation(handler, answers);
      try {
        for (const step of steps) await conversation.step(step);
        await conversation.end();
      } finally {
        conversation.leave();
      }
      await idle();
      log.check();
    },
    close,
  };
}

/** Sessions of the revisions with handshake: questions and answers, streams that are resumed, batches, tasks. */
export const sessions: Target<ConversationCase> = {
  name: "sessions",
  share: 15,
  // The newest has the most to go wrong.
  cases: fc.oneof(...[LEGACY[0], LEGACY[0], ...LEGACY].map(casesOf)),
  open: openConversations,
};

/** Requests of 2026-07-28 that build on one another: sealed state, tasks, handles, subscriptions. */
export const continuations: Target<ConversationCase> = {
  name: "continuations",
  share: 10,
  cases: modernCases,
  open: openConversations,
};
