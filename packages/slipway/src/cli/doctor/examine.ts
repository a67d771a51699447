import { HttpTransport, McpClient } from "../../client/index.ts";
import { CLIENT_INFO, type Target, type Way } from "../connect.ts";
import { onOneLine } from "../printable.ts";
import { hasHandshake } from "../revisions.ts";
import { checkAuthorization } from "./checks/authorization.ts";
import { checkCaching } from "./checks/caching.ts";
import { checkClock } from "./checks/clock.ts";
import { checkHealth } from "./checks/health.ts";
import { checkOrigins } from "./checks/origin.ts";
import { checkResumption } from "./checks/resumption.ts";
import { checkUnknownRevision, judgeRevisions } from "./checks/revisions.ts";
import { checkSessions } from "./checks/sessions.ts";
import { checkStreams } from "./checks/streams.ts";
import { checkTool } from "./checks/tool.ts";
import { checkTransport } from "./checks/transport.ts";
import { type Admitted, type Exam, isLocal } from "./exam.ts";
import { type Finding, Findings } from "./finding.ts";
import { firstKnock } from "./knock.ts";
import { judgeOpening, unreachable } from "./opening.ts";
import { type Speech, whatIsSpoken } from "./speaks.ts";
import { Wire } from "./wire.ts";

export interface Examination {
  readonly target: Target & { readonly kind: "http" };
  readonly way: Way;
  readonly origin: string | undefined;
  readonly idleMs: number;
  /** A tool that may be called. */
  readonly tool:
    | { readonly name: string; args(client: McpClient): Promise<{ [name: string]: unknown }> }
    | undefined;
  /** Told what is looked at now. */
  begins(what: string): void;
}

/** How long something may take that should come at once, in milliseconds. */
const PATIENCE_MS = 5_000;
const TIMEOUT_MS = 15_000;

/** Looks at a deployment from outside. Never throws: what could not be looked at is a finding, too. */
export async function examine(settings: Examination): Promise<Finding[]> {
  const { target, way, begins } = settings;
  const url = new URL(target.url);
  const wire = new Wire(url, way.headers, way.timeoutMs ?? TIMEOUT_MS);
  begins("the first answer");
  let exam: Exam;
  try {
    exam = {
      ...settings,
      url,
      wire,
      ...(await firstKnock(wire)),
      local: isLocal(url),
      patienceMs: PATIENCE_MS,
    };
  } catch (error) {
    return [unreachable(error)];
  }
  const { findings, admitted } = judgeOpening(url, exam.opening);
  const all = [...findings];
  const look = async (check: string, perform: () => Finding | Finding[] | Promise<Finding[]>) => {
    begins(check);
    all.push(...(await guarded(check, perform)));
  };
  await look("transport", () => checkTransport(exam));
  await look("clock", () => checkClock(exam));
  await look("authorization", () => checkAuthorization(exam));
  await look("health", () => checkHealth(exam));
  if (findings.every(({ severity }) => severity !== "error") || admitted)
    await look("origin", () => checkOrigins(exam));
  if (admitted) await examineProtocol(exam, settings, all, look);
  else all.push(notAdmitted(exam));
  return all;
}

function notAdmitted({ opening }: Exam): Finding {
  return new Findings("protocol").skipped(
    "Revisions, sessions, streams and caching were not looked at, as the server did not let the examiner in.",
    opening.status === 401
      ? "Give a token with SLIPWAY_TOKEN or --token."
      : "Mend what is found above, and look again.",
  );
}

type Look = (check: string, perform: () => Finding | Finding[] | Promise<Finding[]>) => Promise<void>;

async function examineProtocol(
  exam: Exam,
  { target, way, tool, begins }: Examination,
  all: Finding[],
  look: Look,
): Promise<void> {
  begins("revisions");
  let speech: Speech;
  try {
    speech = await whatIsSpoken(exam.wire, target, way, way.timeoutMs ?? TIMEOUT_MS);
  } catch (error) {
    const why = onOneLine((error as Error).message);
    all.push(
      new Findings("revisions").error(`No revision can be spoken: ${why}`, "Look into the server's log."),
    );
    return;
  }
  const { spoken, onlySse } = speech;
  const versions = spoken.filter((one) => one.spoken).map(({ version }) => version);
  const modern = versions.find((version) => !hasHandshake(version));
  const legacy = versions.find(hasHandshake);
  const admitted: Admitted = { ...exam, modern, legacy, onlySse };
  all.push(...judgeRevisions(spoken, onlySse && modern === undefined));
  if (versions.length === 0) return;
  // It takes long, and only watches.
  const streams = guarded("buffering", () => checkStreams(admitted));
  await look("unknown-revision", () => checkUnknownRevision(admitted));
  await look("sessions", () => checkSessions(admitted));
  await look("resumption", () => checkResumption(admitted));
  await look("caching", () => checkCaching(admitted));
  if (tool !== undefined) await look("progress", () => callTool(admitted, tool));
  if (modern !== undefined) all.push(notTried());
  begins("streams");
  all.push(...(await streams));
}

function notTried(): Finding {
  return new Findings("suspended-calls").skipped(
    "Whether a call that asks the user goes on on another instance was not tried: that takes a tool that asks.",
    "Give all instances the same requestState.secrets, and try one with slipway call.",
  );
}

async function callTool(exam: Admitted, tool: NonNullable<Examination["tool"]>): Promise<Finding[]> {
  const { target, way } = exam;
  const client = await McpClient.connect(new HttpTransport(target.url, { headers: way.headers }), {
    info: CLIENT_INFO,
  });
  try {
    return await checkTool(client, tool.name, await tool.args(client));
  } finally {
    await client.close();
  }
}

async function guarded(
  check: string,
  perform: () => Finding | Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return [await perform()].flat();
  } catch (error) {
    return [new Findings(check).skipped(`It could not be looked at: ${onOneLine((error as Error).message)}`)];
  }
}
