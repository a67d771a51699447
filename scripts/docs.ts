// Typechecks the TypeScript blocks of README.md and docs/ against the built package, and runs those that ask for it.
//
//   ```ts            a complete module: typechecked
//   ```ts run        also run by itself, to its end; where it has `// => text` comments, those are, in
//                    order, all the lines that it prints
//   ```ts fragment   a piece: typechecked as if it stood at the end of the nearest complete block above it
//                    on the page, in a scope of its own
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { parseSync } from "oxc-parser";
import { run } from "./run.ts";
import { root } from "./workspace.ts";

/** How long a block may run, in milliseconds. */
const patience = 30_000;

export interface Block {
  document: string;
  /** The line of the document on which the code begins, counted from 1. */
  line: number;
  code: string;
  kind: "module" | "run" | "fragment";
}

/** The TypeScript blocks of a document, with what is wrong about the way they are marked. */
export function findBlocks(document: string, markdown: string): { blocks: Block[]; problems: string[] } {
  const blocks: Block[] = [];
  const problems: string[] = [];
  let open: { fence: string; indent: number; info: string; line: number; code: string[] } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const fence = /^( *)(`{3,}|~{3,})(.*)$/.exec(text);
    if (!open) {
      if (fence) {
        const [, indent = "", mark = "", info = ""] = fence;
        open = { fence: mark, indent: indent.length, info: info.trim(), line: index + 2, code: [] };
      }
    } else if (fence?.[2]?.startsWith(open.fence) && fence[3]?.trim() === "") {
      const [language, ...words] = open.info.split(/\s+/);
      if (language === "ts" || language === "typescript") {
        const kind = words.length === 0 ? "module" : words.join(" ");
        if (kind === "module" || kind === "run" || kind === "fragment") {
          blocks.push({ document, line: open.line, code: open.code.join("\n"), kind });
        } else {
          problems.push(
            `${document}:${open.line - 1}: a block is marked "${kind}"; expected "run", "fragment" or nothing`,
          );
        }
      }
      open = undefined;
    } else {
      open.code.push(text.slice(Math.min(open.indent, text.search(/\S|$/))));
    }
  }
  if (open) problems.push(`${document}:${open.line - 1}: a block is never closed`);
  return { blocks, problems };
}

/** The module that stands for a block. Every line keeps the number that it has in the document. */
export function toModule(block: Block, host?: Block): string {
  const lines: string[] = [];
  const place = (code: string, line: number): void => {
    for (const [index, text] of code.split("\n").entries()) lines[line - 1 + index] = text;
  };
  if (block.kind === "fragment" && host) {
    const { imports, rest } = liftImports(block.code);
    place(imports, 1);
    place(host.code, host.line);
    place("{", block.line - 1);
    place(`${rest}\n}`, block.line);
  } else {
    place(block.code, block.line);
  }
  return `${Array.from(lines, (line) => line ?? "").join("\n")}\nexport {};\n`;
}

/** A scope cannot hold imports, so they are taken out, leaving the lines as they were. */
function liftImports(code: string): { imports: string; rest: string } {
  let imports = "";
  let rest = code;
  for (const { start, end } of parseSync("fragment.ts", code).module.staticImports) {
    const statement = code.slice(start, end);
    imports += `${statement.replaceAll("\n", " ")};`;
    rest = rest.slice(0, start) + statement.replace(/[^\n]/g, " ") + rest.slice(end);
  }
  return { imports, rest };
}

/** What a block says it prints: the texts of its `// => text` comments. */
export function expectedLines(code: string): string[] {
  return Array.from(code.matchAll(/\/\/ => (.*)$/gm), ([, text = ""]) => text.trim());
}

export interface Checked {
  checked: number;
  ran: number;
  problems: string[];
}

/** Checks documents given as paths with their text. The blocks may import whatever the repository's root may. */
export async function checkDocuments(documents: Map<string, string>): Promise<Checked> {
  // Within the repository, so that the blocks find its node_modules.
  const folder = mkdtempSync(`${root}/.doc-blocks-`);
  try {
    const problems: string[] = [];
    const files: { block: Block; file: string }[] = [];
    for (const [document, markdown] of documents) {
      const found = findBlocks(document, markdown);
      problems.push(...found.problems);
      let host: Block | undefined;
      for (const block of found.blocks) {
        if (block.kind !== "fragment") host = block;
        else if (!host) {
          problems.push(`${document}:${block.line - 1}: a fragment needs a complete block above it`);
          continue;
        }
        const file = `${folder}/${document}/${block.line}.ts`;
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, toModule(block, host));
        files.push({ block, file });
      }
    }
    if (files.length > 0)
      problems.push(
        ...(await typecheck(
          folder,
          files.map(({ file }) => file),
        )),
      );
    const toRun = files.filter(({ block }) => block.kind === "run");
    for (const { block, file } of toRun) {
      const problem = await runBlock(block, file);
      if (problem) problems.push(problem);
    }
    return { checked: files.length, ran: toRun.length, problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function typecheck(folder: string, files: string[]): Promise<string[]> {
  const config = { extends: "../tsconfig.base.json", compilerOptions: { types: ["node"] }, files };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  const { code, stdout, stderr } = await run("tsc", ["-p", folder, "--pretty", "false"]);
  if (code === 0) return [];
  // folder/document/line.ts(12,3): … becomes document:12:3: …
  const inDocument = new RegExp(`^${relative(root, folder)}/(.*)/\\d+\\.ts\\((\\d+),(\\d+)\\)`, "gm");
  return (stdout + stderr)
    .trim()
    .replace(inDocument, "$1:$2:$3")
    .split(/\n(?=\S)/);
}

async function runBlock(block: Block, file: string): Promise<string | undefined> {
  const where = `${block.document}:${block.line}`;
  const { code, stdout, stderr } = await run("node", [file], { timeout: patience });
  if (code !== 0) {
    return `${where}: the block ended with code ${code} (it has ${patience / 1000} s)\n${stdout}${stderr}`;
  }
  const expected = expectedLines(block.code).join("\n");
  const printed = stdout.trimEnd();
  if (expected === "" || expected === printed) return;
  return `${where}: the block printed something else than it says\nexpected:\n${expected}\nprinted:\n${printed}`;
}

if (import.meta.main) {
  const paths = ["README.md", ...globSync("docs/**/*.md", { cwd: root }).sort()];
  const present = paths.filter((path) => existsSync(`${root}/${path}`));
  const documents = new Map(present.map((path) => [path, readFileSync(`${root}/${path}`, "utf8")]));
  const { checked, ran, problems } = await checkDocuments(documents);
  if (checked === 0) problems.push("No TypeScript block was found in README.md and docs/; expected some.");
  for (const problem of problems) console.error(problem);
  console.log(`${checked} blocks checked, ${ran} run, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
