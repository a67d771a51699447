import type { Admitted } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { firstEvents, legacyRequest, streamRequest } from "../messages.ts";
import { closeSession, openSession, type Session } from "../session.ts";

const RESUMPTION = new Findings("resumption");

const GIVE_A_LOG =
  "Serve with sessions and an event log (serve() does, and any store), and let the proxy in front pass Last-Event-ID on.";

/**
 * Whether a stream that breaks can be gone on with.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export async function checkResumption(exam: Admitted): Promise<Finding[]> {
  const { legacy, onlySse } = exam;
  if (legacy === undefined) {
    return [
      RESUMPTION.fine("Nothing is to be resumed: clients of the revisions spoken send a request again."),
    ];
  }
  if (onlySse) return [RESUMPTION.skipped("Streams of HTTP+SSE cannot be resumed in any deployment.")];
  const session = await openSession(exam, legacy);
  try {
    if (session.id === undefined)
      return [RESUMPTION.skipped("There are no sessions, and so no stream to be resumed.")];
    return [await onStream(exam, session)];
  } finally {
    await closeSession(exam, session);
  }
}

async function onStream(exam: Admitted, session: Session): Promise<Finding> {
  const { wire } = exam;
  const onGet = await idOnGet(exam, session);
  const eventId = (await idOnCall(exam, session)) ?? onGet.eventId;
  if (eventId === undefined && onGet.status === 405) {
    return RESUMPTION.note(
      "The server has no stream for what it says out of turn (GET is answered with 405).",
    );
  }
  if (eventId === undefined && onGet.status !== 200) {
    return RESUMPTION.skipped(
      `The stream of a session could not be opened: it is answered with ${onGet.status}.`,
    );
  }
  if (eventId === undefined) {
    return RESUMPTION.warning(
      "The events of streams have no ids: when a connection breaks in the midst of a call, its answer is lost.",
      GIVE_A_LOG,
    );
  }
  const resumed = await wire.open(streamRequest(session, eventId));
  resumed.close();
  if (resumed.status === 200 && resumed.isEventStream) {
    const strange = await wire.open(streamRequest(session, `${eventId}-of-none`));
    strange.close();
    if (strange.status === 200) {
      return RESUMPTION.note(
        "A stream is resumed by Last-Event-ID, and so it is by an id that never was: whether the header reaches the server cannot be told.",
        "Let the proxy in front pass Last-Event-ID on.",
      );
    }
    return RESUMPTION.fine("A broken stream is resumed on another connection by Last-Event-ID.");
  }
  return RESUMPTION.error(
    `Events have ids, and a stream that is resumed by one is refused with status ${resumed.status}: what was on its way is lost.`,
    GIVE_A_LOG,
  );
}

/** The id by which an answer could be come back for, where a call is answered by a stream. */
async function idOnCall({ wire, patienceMs }: Admitted, session: Session): Promise<string | undefined> {
  const answer = await wire.open(legacyRequest(session, "tools/list"));
  try {
    if (!answer.isEventStream) return undefined;
    return (await firstEvents(answer, patienceMs, true)).eventId;
  } finally {
    answer.close();
  }
}

interface OnGet {
  readonly status: number;
  readonly eventId: string | undefined;
}

async function idOnGet({ wire, patienceMs }: Admitted, session: Session): Promise<OnGet> {
  const answer = await wire.open(streamRequest(session));
  const { status } = answer;
  try {
    if (!answer.isEventStream) return { status, eventId: undefined };
    return { status, eventId: (await firstEvents(answer, patienceMs, true)).eventId };
  } finally {
    answer.close();
  }
}
