import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLoad } from "../engine/process.ts";
import type { HttpLoad, HttpLoadResult } from "./http.ts";
import type { HttpRequest } from "./messages.ts";

/** The version of wrk, where it is installed. */
export function wrkVersion(): string | undefined {
  const { stdout } = spawnSync("wrk", ["--version"], { encoding: "utf8" });
  return /wrk \S+/.exec(stdout ?? "")?.[0];
}

/** @see https://github.com/wg/wrk/blob/master/SCRIPTING */
export async function loadWithWrk(load: HttpLoad): Promise<HttpLoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  try {
    const script = join(folder, "requests.lua");
    writeFileSync(script, luaScript(load.requests));
    const { connections, seconds, url } = load;
    const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s", "-s", script, url];
    const output = await runLoad("wrk", args);
    return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as HttpLoadResult;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function luaScript(requests: readonly HttpRequest[]): string {
  const made = requests.map(({ method, headers, body }) => {
    const pairs = Object.entries(headers).map(([name, value]) => `[${lua(name)}]=${lua(value)}`);
    return `add(${lua(method)}, {${pairs.join(",")}}, ${lua(body)})`;
  });
  return `
local requests, next = {}, 0
local function add(method, headers, body)
  requests[#requests + 1] = function() return wrk.format(method, nil, headers, body) end
end
${made.join("\n")}
function init()
  for i, make in ipairs(requests) do requests[i] = make() end
end
function request()
  next = next % #requests + 1
  return requests[next]
end
function done(summary)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"bytes":%d,"failed":%d}\\n', summary.requests,
    summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
`;
}

/** The texts are ASCII, where the escapes of JSON are those of Lua. */
function lua(text: string): string {
  return JSON.stringify(text);
}
