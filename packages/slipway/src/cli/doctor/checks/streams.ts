import type { Admitted } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { type FirstEvents, firstEvents, modernRequest, saidIn, streamRequest } from "../messages.ts";
import { closeSession, openSession, type Session } from "../session.ts";
import type { Answer, Sent, Wire } from "../wire.ts";

const BUFFERING = new Findings("buffering");
const STREAMS = new Findings("stream-headers");
const IDLE = new Findings("idle");

const UNBUFFER =
  "Switch off response buffering and compression for this path in every proxy in between (nginx: proxy_buffering off), or send X-Accel-Buffering: no.";

/**
 * Whether events come as they happen, and whether a stream on which nothing happens stays open. Where there are sessions it is
 * a session's stream that is watched, as that can be ended from here: what was held back comes then.
 */
export async function checkStreams(exam: Admitted): Promise<Finding[]> {
  const { modern, legacy, onlySse } = exam;
  const ofSession = legacy === undefined || onlySse ? [] : await bySession(exam, legacy);
  const seen = ofSession.length > 0 && ofSession.every(({ severity }) => severity !== "skipped");
  if (seen && ofSession.some(({ check, severity }) => check === "buffering" && severity === "error")) {
    return ofSession;
  }
  const ofSubscription = modern === undefined ? undefined : await bySubscription(exam, modern, !seen);
  if (!seen) return ofSubscription ?? (ofSession.length > 0 ? ofSession : [nothingToWatch()]);
  const more = (ofSubscription ?? []).filter(
    (one) => one.severity !== "fine" && !ofSession.some(({ message }) => message === one.message),
  );
  return [...ofSession, ...more];
}

function nothingToWatch(): Finding {
  return BUFFERING.skipped("The server has no stream that could be opened without calling a tool.");
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions */
async function bySubscription(
  exam: Admitted,
  version: string,
  watch: boolean,
): Promise<Finding[] | undefined> {
  const { wire, patienceMs } = exam;
  const params = {
    notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
  };
  const request = modernRequest(version, "subscriptions/listen", params);
  let answer: Answer;
  let compressed: Finding[];
  try {
    compressed = await compression(wire, request);
    answer = await wire.open(request);
  } catch {
    // Not even the head of the response: a proxy waits for the end of it.
    return [held(exam, "The answer to subscriptions/listen did not begin", false)];
  }
  try {
    if (!answer.isEventStream) {
      const text = await answer.text(patienceMs);
      const { error } = saidIn({ status: answer.status, headers: answer.headers, text, answer }) ?? {};
      if (error !== undefined) return undefined;
    }
    const first = await firstEvents(answer, patienceMs, false);
    if (first.data === undefined) {
      return [held(exam, "The acknowledgement of a subscription did not come", false), ...headers(answer)];
    }
    const watched = watch ? [await idle(exam, answer)] : [];
    return [inTime(first), ...compressed, ...headers(answer), ...watched];
  } finally {
    answer.close();
  }
}

async function bySession(exam: Admitted, version: string): Promise<Finding[]> {
  const { wire, patienceMs } = exam;
  const session = await openSession(exam, version);
  let answer: Answer | undefined;
  try {
    if (session.id === undefined)
      return [BUFFERING.skipped("Without a session there is no stream to be watched.")];
    answer = await wire.open(streamRequest(session)).catch(() => undefined);
    if (answer === undefined) {
      return [held(exam, "The stream for what the server says out of turn did not begin", false)];
    }
    if (!answer.isEventStream) {
      return [
        BUFFERING.skipped(`The server has no stream to be watched (GET is answered with ${answer.status}).`),
      ];
    }
    const first = await firstEvents(answer, patienceMs, true);
    if (first.firstMs !== undefined) {
      const watched = await idle(exam, answer, () => closeSession(exam, session));
      return watched.check === "buffering"
        ? [watched, ...headers(answer)]
        : [inTime(first), ...headers(answer), watched];
    }
    if (first.ended)
      return [IDLE.error("The stream ended at once.", "Look into the log of the server and of the proxy.")];
    return [await atTheEnd(exam, session, answer), ...headers(answer)];
  } finally {
    answer?.close();
    await closeSession(exam, session);
  }
}

/** What was held back comes when the stream ends. */
async function atTheEnd(exam: Admitted, session: Session, answer: Answer): Promise<Finding> {
  await closeSession(exam, session);
  const { firstMs } = await firstEvents(answer, exam.patienceMs, true);
  if (firstMs !== undefined)
    return held(exam, "The first event of a stream came only when the stream had ended", true);
  return BUFFERING.skipped(
    "The server says nothing at the beginning of a stream, so that it cannot be told whether something holds it back.",
    "Try a tool that reports progress: slipway call shows when each report comes.",
  );
}

/** Whether streams are compressed for clients that can read that, as nearly all say that they can. */
async function compression(wire: Wire, request: Sent): Promise<Finding[]> {
  const answer = await wire.open({
    ...request,
    headers: { ...request.headers, "accept-encoding": "gzip, deflate, br" },
  });
  answer.close();
  const encoding = answer.headers["content-encoding"] ?? "identity";
  if (encoding === "identity" || !answer.isEventStream) return [];
  return [
    STREAMS.warning(
      `Event streams are compressed (${encoding}), for which events may be held back until there is enough.`,
      UNBUFFER,
    ),
  ];
}

function inTime({ firstMs }: FirstEvents): Finding {
  return BUFFERING.fine(`The first event of an open stream comes after ${firstMs} ms.`, {
    data: { firstMs },
  });
}

function held({ patienceMs }: Admitted, what: string, proven: boolean): Finding {
  const when = proven ? "" : ` within ${patienceMs / 1000} s, although other requests are answered`;
  return BUFFERING.error(
    `${what}${when}: something in between holds streams back. Progress, questions and changes reach clients late or never.`,
    UNBUFFER,
  );
}

function headers({ headers: all }: Answer): Finding[] {
  if (/no-cache|no-store/i.test(all["cache-control"] ?? "")) return [];
  return [
    STREAMS.note(
      "Event streams may be kept by caches: Cache-Control does not forbid it.",
      "Send Cache-Control: no-cache.",
    ),
  ];
}

/** Servers that keep streams alive mostly do so at least this often. */
const ENOUGH_MS = 15_000;

/**
 * Watches a stream on which nothing happens.
 * @param end has the server end it
 */
async function idle(exam: Admitted, answer: Answer, end?: () => Promise<void>): Promise<Finding> {
  const { idleMs, patienceMs } = exam;
  const began = performance.now();
  const signs: number[] = [];
  for (;;) {
    const left = idleMs - (performance.now() - began);
    const arrival = await answer.next(left);
    if (arrival.kind === "silence") break;
    const afterMs = Math.round(performance.now() - began);
    if (arrival.kind === "end") {
      return IDLE.error(
        `A stream on which nothing happened was closed after ${(afterMs / 1000).toFixed(1)} s.`,
        "Let the idle time-outs of the proxies in between be longer than the interval of the server's keep-alive (keepAliveMs), and give streams no time limit.",
        { data: { closedAfterMs: afterMs } },
      );
    }
    signs.push(afterMs);
  }
  const seconds = idleMs / 1000;
  const data = { data: { watchedMs: idleMs, signs: signs.length } };
  if (signs.length > 0) {
    return IDLE.fine(
      `A stream on which nothing happens stays open, and is kept alive (${signs.length} signs within ${seconds} s).`,
      data,
    );
  }
  if (end !== undefined) {
    await end();
    // A proxy may let through what came with the head of the response, and hold back all that comes later.
    if (/^:/m.test(await answer.text(patienceMs))) {
      return held(exam, "What keeps a stream alive came only when the stream had ended", true);
    }
  }
  if (idleMs < ENOUGH_MS) {
    const message = `A stream on which nothing happens stays open, and there was no sign of life within ${seconds} s.`;
    return IDLE.note(message, "Watch longer with --idle, to see whether it is kept alive.", data);
  }
  return IDLE.warning(
    `A stream on which nothing happens stays open, but is not kept alive within ${seconds} s: proxies close such, mostly after 60 s.`,
    "Let the server send comments (keepAliveMs), or watch longer with --idle.",
    data,
  );
}
