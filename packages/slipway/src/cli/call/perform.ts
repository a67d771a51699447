import { text as textOf } from "node:stream/consumers";
import type { ClientOptions, LoggingLevel, McpClient } from "../../client/index.ts";
import { StdioTransport } from "../../client/stdio/index.ts";
import { EXIT } from "../command.ts";
import { CLIENT_INFO, connectTo, failureOf, type Target, transportTo, type Way } from "../connect.ts";
import { INTERRUPTED, Interruption } from "../interruption.ts";
import type { Io } from "../io.ts";
import { Lines } from "../lines.ts";
import { onOneLine, printable, printableJson } from "../printable.ts";
import { Screen } from "../screen.ts";
import { Answers } from "./answers.ts";
import { openInBrowser } from "./browser.ts";
import { blockPart, type Reading, resourcePart, resultParts } from "./content.ts";
import { Files } from "./files.ts";
import { withPages } from "./pages.ts";
import { Course } from "./progress.ts";
import { Questions } from "./questions.ts";
import { rootsOf } from "./roots.ts";
import { samplingBy } from "./sampling.ts";
import { argumentsFor, toolNamed } from "./tool-arguments.ts";

/** What is wanted of the server. */
export type Errand =
  | {
      readonly kind: "tool";
      readonly name: string;
      readonly json: string | undefined;
      readonly pairs: readonly (readonly [string, string])[];
    }
  | { readonly kind: "resource"; readonly uri: string }
  | { readonly kind: "prompt"; readonly name: string; readonly args: { readonly [name: string]: string } };

export interface Order {
  readonly target: Target;
  readonly way: Way;
  readonly errand: Errand;
  readonly json: boolean;
  readonly out: string | undefined;
  readonly answers: readonly (readonly [string, string])[];
  readonly yes: boolean;
  readonly decline: boolean;
  readonly sample: string | undefined;
  readonly roots: readonly string[] | undefined;
  readonly level: LoggingLevel;
  readonly quiet: boolean;
}

/** Everything that one call needs around it. */
interface Scene {
  readonly order: Order;
  readonly client: McpClient;
  readonly course: Course;
  readonly questions: Questions;
  readonly reading: Reading;
  readonly signal: AbortSignal;
}

/** @returns the exit code */
export async function perform(order: Order, io: Io): Promise<number> {
  const { target, way, errand } = order;
  const fromStdin = errand.kind === "tool" && errand.json === "-";
  const read = fromStdin ? { ...errand, json: await textOf(io.stdin) } : errand;
  const screen = new Screen(io.stderr);
  const lines = io.interactive && !fromStdin ? new Lines(io.stdin) : undefined;
  const answers = new Answers(order.answers);
  const questions = new Questions({
    screen,
    lines,
    answers,
    decline: order.decline,
    yes: order.yes,
    open: (url) => openInBrowser(url, io.env["BROWSER"]),
  });
  const course = new Course(screen, io.errorStyle, order.quiet);
  const transport = transportTo(target, way, (text) => screen.text(text));
  let pid: number | undefined;
  const interruption = new Interruption(
    () => {
      // Once the client closes, it has forgotten it.
      if (transport instanceof StdioTransport) pid = transport.pid;
      screen.line("Cancelling; Ctrl-C again ends at once.");
    },
    () => pid !== undefined && kill(pid),
  );
  try {
    const options: ClientOptions = {
      info: CLIENT_INFO,
      elicitation: { form: questions.form, url: questions.url },
      ...((lines !== undefined || order.sample !== undefined) && {
        sampling: samplingBy(order.sample, screen, lines),
      }),
      ...(order.roots !== undefined && { roots: rootsOf(order.roots, io.cwd) }),
      onNotification: course.notified,
      onWarning: (message) => screen.line(printable(message)),
    };
    const client = await connectTo(target, way, transport, options);
    const scene = {
      order: { ...order, errand: read },
      client,
      course,
      questions,
      reading: {
        style: io.style,
        onTerminal: io.stdout.isTTY === true,
        files: order.out === undefined ? undefined : new Files(order.out, nameOf(errand)),
      },
      signal: interruption.signal,
    };
    try {
      if (client.serverCapabilities["logging"] !== undefined && !order.quiet) {
        await client.setLoggingLevel(order.level).catch(() => {});
      }
      return await run(scene, screen, lines, io);
    } finally {
      course.ended();
      await client.close();
    }
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    throw failureOf(error, target);
  } finally {
    course.ended();
    interruption.done();
    if (answers.unused.length > 0)
      screen.line(`Nothing asked for ${answers.unused.map(onOneLine).join(", ")}.`);
  }
}

/** A program that does not notice that nobody listens any more would stay. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** A server may send anything. */
function listOf<T>(value: readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [];
}

function nameOf(errand: Errand): string {
  return errand.kind === "resource" ? "resource" : errand.name;
}

async function run(scene: Scene, screen: Screen, lines: Lines | undefined, io: Io): Promise<number> {
  const { order, client, course, questions, reading, signal } = scene;
  const { errand, json } = order;
  const options = { signal, onProgress: course.progressed };
  let result: object;
  let parts: () => Promise<string[]>;
  let failed = false;
  if (errand.kind === "resource") {
    const read = await client.readResource(errand.uri, options);
    result = read;
    parts = () => Promise.all(listOf(read.contents).map((one) => resourcePart(one, reading)));
  } else if (errand.kind === "prompt") {
    const got = await client.getPrompt(errand.name, errand.args, options);
    result = got;
    parts = async () => {
      const blocks = listOf(got.messages).map(
        async ({ role, content }) => `${onOneLine(role)}: ${await blockPart(content, reading)}`,
      );
      return Promise.all(blocks);
    };
  } else {
    const tools = [];
    for await (const tool of client.tools({ signal })) tools.push(tool);
    const warn = (text: string) => screen.line(text);
    const args = argumentsFor(toolNamed(errand.name, tools), errand, warn);
    const call = () => client.callTool(errand.name, args, { ...options, onStatus: course.became });
    const called = await withPages(call, { questions, screen, lines, signal });
    result = called;
    failed = called.isError === true;
    parts = () => resultParts(called, reading);
  }
  course.ended();
  const shown = json ? [printableJson(result, 2)] : await parts();
  if (failed && !json) screen.line(io.errorStyle.red("The tool says that it failed:"));
  for (const part of shown) io.print(part);
  return failed ? EXIT.failed : EXIT.fine;
}
