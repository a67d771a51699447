import { type Completer, McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { httpTransports, matrix, openWire, type Wire } from "../support/index.ts";

const info = { name: "writer", version: "1.0.0" };

const ofPrompt = (name: string) => ({ type: "ref/prompt", name });
const ofTemplate = (uri: string) => ({ type: "ref/resource", uri });

function complete(wire: Wire, ref: unknown, name: unknown, value: unknown, more: object = {}) {
  return wire.request("completion/complete", { ref, argument: { name, value }, ...more });
}

async function valuesOf(wire: Wire, ref: object, name: string, value: string): Promise<string[]> {
  return (await complete(wire, ref, name, value)).result.completion.values;
}

const handler = () => "";

describe.each(matrix())("completion in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });

  test(`is declared where something can be completed, and is otherwise unknown [${revision}/completion/capability-declared] [${revision}/completion/not-supported]`, async () => {
    const capabilitiesOf = async (wire: Wire) =>
      (era === "legacy" ? wire.initialized : await wire.request("server/discover"))?.result.capabilities;
    const prompt = new McpServer(info).prompt("p", {
      arguments: [{ name: "a" }],
      complete: { a: () => [] },
      handler,
    });
    const template = new McpServer(info).resource("notes://{id}", { complete: { id: () => [] }, handler });
    for (const server of [prompt, template, new McpServer(info).group("x", prompt)]) {
      expect(await capabilitiesOf(await open(server))).toHaveProperty("completions", {});
    }
    const without = new McpServer(info)
      .prompt("p", { arguments: [{ name: "a" }], handler })
      .resource("notes://{id}", { handler });
    const wire = await open(without);
    expect(await capabilitiesOf(wire)).not.toHaveProperty("completions");
    expect((await complete(wire, ofPrompt("p"), "a", "")).error.code).toBe(-32601);
  });

  function makeServer(completer: Completer | readonly string[]) {
    return new McpServer({ ...info, logger: recordingLogger() })
      .prompt("p", { arguments: [{ name: "a" }, { name: "other" }], complete: { a: completer }, handler })
      .resource("notes://{id}/{part}", { complete: { id: completer }, handler });
  }

  test(`of an unknown prompt or template is an error that names it [${revision}/completion/unknown-prompt]`, async () => {
    const wire = await open(makeServer(() => []));
    for (const name of ["nope", "", "constructor", "__proto__"]) {
      expect((await complete(wire, ofPrompt(name), "a", "")).error).toMatchObject({
        code: -32602,
        message: `Unknown prompt: ${name}`,
      });
      expect((await complete(wire, ofTemplate(name), "id", "")).error).toMatchObject({
        code: -32602,
        message: `Unknown resource template: ${name}`,
      });
    }
  });

  test(`without what it needs is an error [${revision}/completion/missing-arguments]`, async () => {
    let runs = 0;
    const wire = await open(makeServer(() => [`${++runs}`]));
    const argument = { name: "a", value: "" };
    const ref = ofPrompt("p");
    const malformed = [
      {},
      { argument },
      { ref },
      { ref, argument: {} },
      { ref, argument: { name: "a" } },
      { ref, argument: { value: "" } },
      { ref, argument: "a" },
      { ref: "p", argument },
      { ref: { type: "ref/tool", name: "p" }, argument },
      { ref: { type: "ref/prompt" }, argument },
      { ref: { type: "ref/resource", name: "p" }, argument },
      { ref: null, argument },
    ];
    for (const params of malformed) {
      const { error } = await wire.request("completion/complete", params);
      expect(error.code, JSON.stringify(params)).toBe(-32602);
    }
    expect(runs).toBe(0);
  });

  test(`that fails is an internal error that tells nothing [${revision}/completion/internal-error]`, async () => {
    const logger = recordingLogger();
    const failing: { [name: string]: Completer } = {
      throws: () => {
        throw new Error("hunter2");
      },
      rejects: () => Promise.reject(new Error("hunter2")),
      numbers: () => [7, "hunter2"] as never,
      nothing: () => undefined as never,
      badTotal: () => ({ values: ["hunter2"], total: -1 }),
    };
    const server = new McpServer({ ...info, logger });
    for (const [name, completer] of Object.entries(failing)) {
      server.prompt(name, { arguments: [{ name: "a" }], complete: { a: completer }, handler });
    }
    const wire = await open(server);
    for (const name of Object.keys(failing)) {
      const { error, messages } = await complete(wire, ofPrompt(name), "a", "");
      expect(error.code, name).toBe(-32603);
      expect(error.message).toBe(`Internal error (reference ${error.data.reference})`);
      expect(JSON.stringify(messages)).not.toContain("hunter2");
      expect(logger.text()).toContain(error.data.reference);
    }
  });

  test(`gives what is typed, then what begins with it, then what contains it, and keeps the order of a function [${revision}/completion/sorted]`, async () => {
    const words = ["happy", "python", "PyTorch", "py", "ruby", "numpy"];
    const wire = await open(makeServer(words));
    expect(await valuesOf(wire, ofPrompt("p"), "a", "py")).toEqual([
      "py",
      "python",
      "PyTorch",
      "happy",
      "numpy",
    ]);
    expect(await valuesOf(wire, ofTemplate("notes://{id}/{part}"), "id", "ru")).toEqual(["ruby"]);
    expect(await valuesOf(wire, ofPrompt("p"), "a", "")).toEqual(words);
    const own = await open(makeServer(() => ["z", "a", "py"]));
    expect(await valuesOf(own, ofPrompt("p"), "a", "py")).toEqual(["z", "a", "py"]);
  });

  test(`finds values in another case and with letters left out [${revision}/completion/fuzzy]`, async () => {
    const wire = await open(makeServer(["python", "TypeScript", "toString", "rust"]));
    expect(await valuesOf(wire, ofPrompt("p"), "a", "TYPE")).toEqual(["TypeScript"]);
    expect(await valuesOf(wire, ofPrompt("p"), "a", "pt")).toEqual(["TypeScript", "python"]);
    expect(await valuesOf(wire, ofPrompt("p"), "a", "rst")).toEqual(["rust"]);
    expect(await valuesOf(wire, ofPrompt("p"), "a", "tsru")).toEqual([]);
  });

  test(`gives at most 100 values and says that there are more [${revision}/completion/at-most-100]`, async () => {
    const many = Array.from({ length: 150 }, (_, i) => `value ${i}`);
    const wire = await open(makeServer(() => many));
    expect((await complete(wire, ofPrompt("p"), "a", "")).result.completion).toEqual({
      values: many.slice(0, 100),
      total: 150,
      hasMore: true,
    });
    const few = await open(makeServer(() => ["one"]));
    expect((await complete(few, ofPrompt("p"), "a", "")).result.completion).toEqual({
      values: ["one"],
      total: 1,
      hasMore: false,
    });
    // An argument without completer has no suggestions.
    expect(await valuesOf(few, ofPrompt("p"), "other", "")).toEqual([]);
  });

  test(`runs no completer for what is not as it should be [${revision}/completion/inputs-validated]`, async () => {
    const seen: unknown[] = [];
    const wire = await open(
      makeServer((value, { arguments: settled }) => {
        seen.push([value, { ...settled }]);
        return [];
      }),
    );
    const refused: [name: unknown, value: unknown, more?: object][] = [
      ["nope", ""],
      ["constructor", ""],
      ["__proto__", ""],
      ["a", 7],
      ["a", null],
      [7, ""],
      ["a", "", { context: "x" }],
      ["a", "", { context: { arguments: "x" } }],
      ["a", "", { context: { arguments: { other: 7 } } }],
      ["a", "x".repeat(1_000_000)],
    ];
    for (const [name, value, more] of refused) {
      const { error } = await complete(wire, ofPrompt("p"), name, value, more);
      expect(error.code, JSON.stringify([name, value, more]).slice(0, 80)).toBe(-32602);
    }
    expect((await complete(wire, ofTemplate("notes://{id}/{part}"), "nope", "")).error.code).toBe(-32602);
    expect(seen).toEqual([]);
    await complete(wire, ofPrompt("p"), "a", "x", { context: { arguments: { other: "y" } } });
    await complete(wire, ofPrompt("p"), "a", "x", { context: {} });
    expect(seen).toEqual([
      ["x", { other: "y" }],
      ["x", {}],
    ]);
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "completion for some callers in $revision over $transport",
  ({ transport, revision }) => {
    const alice: Principal = { subject: "alice", scopes: ["write"] };
    const bob: Principal = { subject: "bob" };
    const visible = (principal: Principal | undefined) => principal?.scopes?.includes("write") ?? false;

    function makeServer() {
      const completer: Completer = (_value, { ctx }) => [`for ${ctx.auth?.subject}`];
      return new McpServer({ ...info, logger: recordingLogger() })
        .prompt("open", { arguments: [{ name: "a" }], complete: { a: completer }, handler })
        .prompt("hidden", { visible, arguments: [{ name: "a" }], complete: { a: completer }, handler })
        .resource("notes://{id}", { visible, complete: { id: completer }, handler });
    }

    test(`a completer knows the caller, and runs for nobody who may not see the prompt or template [${revision}/completion/access-controlled]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision, principal: alice });
      const other = await wire.connect({ era: revision, principal: bob });
      expect(await valuesOf(wire, ofPrompt("open"), "a", "")).toEqual(["for alice"]);
      expect(await valuesOf(other, ofPrompt("open"), "a", "")).toEqual(["for bob"]);
      expect(await valuesOf(wire, ofPrompt("hidden"), "a", "")).toEqual(["for alice"]);
      expect(await valuesOf(wire, ofTemplate("notes://{id}"), "id", "")).toEqual(["for alice"]);
      expect((await complete(other, ofPrompt("hidden"), "a", "")).error.code).toBe(-32602);
      expect((await complete(other, ofTemplate("notes://{id}"), "id", "")).error.code).toBe(-32602);
    });

    test(`what is hidden is answered with the same bytes as what does not exist [${revision}/completion/no-disclosure]`, async () => {
      const server = makeServer();
      const wire = await openWire(server, { transport, era: revision, principal: alice });
      const other = await wire.connect({ era: revision, principal: bob });
      const bytes = async (ref: object) => {
        const params = { ref, argument: { name: "a", value: "" } };
        const { status, text } = await other.request("completion/complete", params, { id: 1 });
        return `${status} ${text}`;
      };
      for (const [ref, forget] of [
        [ofPrompt("hidden"), () => server.prompts.remove("hidden")],
        [ofTemplate("notes://{id}"), () => server.resourceTemplates.remove("notes://{id}")],
      ] as const) {
        const hidden = await bytes(ref);
        forget();
        expect(await bytes(ref)).toBe(hidden);
      }
    });
  },
);
