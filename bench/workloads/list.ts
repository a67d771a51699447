import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Server } from "../engine/server.ts";
import type { Contestant, Running, Settings, Table, Workload } from "../engine/types.ts";
import { answerTo, wrong } from "../load/answers.ts";
import { Connection, type HttpResponse } from "../load/connection.ts";
import { type Caller, request, wire } from "../load/messages.ts";
import { THROUGHPUT, type Throughput, throughput } from "./throughput.ts";

const FIELDS = 25;

function listTools(caller: Caller, id: number) {
  return request(caller, id, "tools/list");
}

function lists(count: number, target?: Table["target"]): Table {
  const workload: Throughput = {
    kind: "list",
    mode: "stateless",
    env: { TOOLS: String(count) },
    request: listTools,
    check: (response, id) => checkTools(response, id, count),
  };
  return {
    name: `list-${count}`,
    title: count === 1 ? "1 tool" : `${count} tools`,
    metrics: THROUGHPUT,
    contestants: ["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"],
    target,
    start: (contestant, settings) =>
      contestant.name === "bare"
        ? startBare(workload, contestant, settings)
        : throughput(workload)(contestant, settings),
  };
}

/** The bare server sends the bytes that Slipway sends, from memory. */
async function startBare(workload: Throughput, bare: Contestant, settings: Settings): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  try {
    const file = join(folder, "result.json");
    writeFileSync(
      file,
      await slipwaysResult(workload, { ...bare, folder: `${dirname(bare.folder)}/slipway` }),
    );
    return await throughput({ ...workload, env: { ...workload.env, RESULT: file } })(bare, settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function slipwaysResult({ kind, mode, env }: Throughput, slipway: Contestant): Promise<string> {
  const server = await Server.start(slipway, { kind, mode, env });
  try {
    const connection = await Connection.open(server.port);
    const { body } = await connection.send(wire(listTools({ modern: false }, 1), server.port));
    connection.close();
    return body.slice(body.indexOf(`"result":`) + `"result":`.length, -1);
  } finally {
    await server.stop();
  }
}

function checkTools(response: HttpResponse, id: number, count: number): void {
  const tools = answerTo(id, response).result?.tools;
  const complete = Array.isArray(tools) && tools.every((tool) => fieldsOf(tool) === FIELDS);
  if (!complete || tools.length !== count) throw wrong(`${count} tools of ${FIELDS} fields each`, response);
}

function fieldsOf(tool: { inputSchema: { properties?: object } }): number {
  return Object.keys(tool.inputSchema.properties ?? {}).length;
}

export const list: Workload = {
  name: "list",
  title: "tools/list with 25 fields in each tool, legacy, stateless",
  tables: [lists(1), lists(50), lists(500, { ratio: 0.8 })],
};
