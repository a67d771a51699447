import { isObject } from "../../protocol/jsonrpc.ts";
import { onOneLine, printable } from "../printable.ts";
import { describeType, propertiesOf } from "../schema.ts";
import type { Style } from "../style.ts";
import { table, wrap } from "../table.ts";
import type { Inspection } from "./findings.ts";

/** Descriptions are shown up to here, in characters; `--json` has all of them. */
const LONG = 600;

/** An inspection for people, line by line. All that the server says in it is safe for a terminal. */
export function report(inspection: Inspection, style: Style, width: number): string[] {
  const { tools, resources, resourceTemplates, prompts } = inspection;
  const { bold } = style;
  const section = (title: string, count: number, lines: readonly string[]) =>
    count === 0 ? [] : ["", bold(`${title} (${count})`), ...lines];
  return [
    ...about(inspection, style, width),
    ...section(
      "Tools",
      tools.length,
      tools.flatMap((tool) => toolLines(tool, style, width)),
    ),
    ...section(
      "Resources",
      resources.length,
      table(
        resources.map((one) => resourceRow(one, one.uri, style)),
        { width, indent: 2 },
      ),
    ),
    ...section(
      "Resource templates",
      resourceTemplates.length,
      table(
        resourceTemplates.map((one) => resourceRow(one, one.uriTemplate, style)),
        { width, indent: 2 },
      ),
    ),
    ...section(
      "Prompts",
      prompts.length,
      prompts.flatMap((prompt) => promptLines(prompt, style, width)),
    ),
    ...differences(inspection, style, width),
    ...inspection.warnings.flatMap((warning) => ["", style.yellow("Warning: ") + printable(warning)]),
  ];
}

function about(inspection: Inspection, { bold, dim, green }: Style, width: number): string[] {
  const { server, target, protocolVersion, revisions, instructions } = inspection;
  const name =
    server === null ? "A server without a name" : `${server.title ?? server.name} ${server.version}`;
  const spoken = revisions.map(({ version, spoken: yes }) =>
    yes ? green(version === protocolVersion ? `${version} (shown here)` : version) : dim(`not ${version}`),
  );
  const rows = [
    ["address", onOneLine(target)],
    ["revisions", spoken.join(", ")],
    ["capabilities", capabilitiesOf(inspection)],
    ["about", onOneLine(server?.description ?? "")],
    ["website", onOneLine(server?.websiteUrl ?? "")],
    ["instructions", printable(instructions ?? "")],
  ];
  return [
    bold(onOneLine(name)),
    ...table(
      rows.filter(([, value]) => value !== "").map(([key = "", value = ""]) => [dim(key), value]),
      { width, indent: 2 },
    ),
  ];
}

function capabilitiesOf({ capabilities }: Inspection): string {
  const all = Object.entries(capabilities).map(([name, what]) => {
    const parts = isObject(what) ? Object.keys(what).filter((key) => what[key] !== false) : [];
    return onOneLine(parts.length === 0 ? name : `${name} (${parts.join(", ")})`);
  });
  return all.length === 0 ? "none" : all.join(", ");
}

type Named = { readonly name: string; readonly title?: string; readonly description?: string };

function described({ description = "" }: Named, indent: number, width: number): string[] {
  const text = printable(description).trim();
  const shown = text.length > LONG ? `${text.slice(0, LONG)}…` : text;
  if (shown === "") return [];
  return wrap(shown, width - indent).map((line) => " ".repeat(indent) + line);
}

function heading({ name, title }: Named, { bold, cyan, dim }: Style, marks: readonly string[]): string {
  const own = title === undefined || title === name ? "" : ` ${onOneLine(title)}`;
  const noted = marks.length === 0 ? "" : dim(` [${marks.join(", ")}]`);
  return `  ${bold(cyan(onOneLine(name)))}${own}${noted}`;
}

function toolLines(tool: Inspection["tools"][number], style: Style, width: number): string[] {
  const { execution, inputSchema, outputSchema } = tool;
  const annotations = tool.annotations ?? {};
  const marks = [
    annotations.readOnlyHint === true && "reads only",
    annotations.destructiveHint === true && "may destroy",
    annotations.idempotentHint === true && "repeatable",
    execution?.taskSupport === "required" && "a task",
    outputSchema !== undefined && "structured result",
  ].filter((mark) => mark !== false);
  return [
    heading(tool, style, marks),
    ...described(tool, 4, width),
    ...table(argumentRows(inputSchema, style), { width, indent: 4 }),
  ];
}

function argumentRows(schema: unknown, { dim }: Style): string[][] {
  return propertiesOf(schema).map(({ name, schema: one, required }) => {
    const { description, default: preset } = one as { [keyword: string]: unknown };
    const more = [
      required ? "required" : "",
      preset === undefined ? "" : `default ${onOneLine(JSON.stringify(preset))}`,
      typeof description === "string" ? onOneLine(description) : "",
    ].filter((part) => part !== "");
    return [onOneLine(name), dim(onOneLine(describeType(one, schema))), more.join("; ")];
  });
}

function resourceRow(
  one: Named & { readonly mimeType?: string; readonly size?: number },
  address: string,
  { cyan, dim }: Style,
): string[] {
  const size = one.size === undefined ? "" : ` ${one.size} bytes`;
  const text = [one.title ?? one.name, one.description].filter((part) => part !== undefined).join(": ");
  return [cyan(onOneLine(address)), dim(onOneLine((one.mimeType ?? "") + size)), onOneLine(text)];
}

function promptLines(prompt: Inspection["prompts"][number], style: Style, width: number): string[] {
  const given = Array.isArray(prompt.arguments) ? prompt.arguments.filter(isObject) : [];
  const rows = given.map(({ name, required, description = "" }) => [
    onOneLine(name),
    style.dim(required ? "required" : "optional"),
    onOneLine(description),
  ]);
  return [heading(prompt, style, []), ...described(prompt, 4, width), ...table(rows, { width, indent: 4 })];
}

const WHAT = {
  tools: "tools",
  resources: "resources",
  resourceTemplates: "resource templates",
  prompts: "prompts",
} as const;

function differences({ differences: all }: Inspection, { yellow }: Style, width: number): string[] {
  return all.flatMap(({ what, only, names }) => [
    "",
    ...wrap(
      `${yellow(`Only clients of ${only} see`)} the ${WHAT[what]} ${names.map(onOneLine).join(", ")}`,
      width,
    ),
  ]);
}
