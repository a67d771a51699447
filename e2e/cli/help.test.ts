import { afterAll, describe, expect, test } from "vitest";
import manifest from "../../packages/slipway/package.json" with { type: "json" };
import { Project } from "./project.ts";

const project = new Project();
afterAll(() => project.remove());

/** Every command that `slipway --help` lists. */
async function commands(): Promise<string[]> {
  const { stdout } = await project.run(["--help"]);
  const [, listed = ""] = /Commands:\n(.*?)\n\n/s.exec(stdout) ?? [];
  return listed.split("\n").flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []);
}

describe("slipway", () => {
  test("says what it can do, and where to read on", async () => {
    const { code, stdout, stderr } = await project.run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: slipway COMMAND");
    expect(stdout).toContain("slipway help COMMAND");
    expect(await commands()).toContain("stdio");
  });

  test("explains each of its commands, in three ways", async () => {
    for (const name of await commands()) {
      const said = await Promise.all(
        [
          ["help", name],
          [name, "--help"],
          [name, "-h"],
        ].map((args) => project.run(args)),
      );
      for (const { code, stdout } of said) {
        expect(code).toBe(0);
        expect(stdout).toContain(`Usage: slipway ${name}`);
        expect(stdout).toContain("Examples:");
        expect(stdout).toBe(said[0]?.stdout);
        for (const line of stdout.split("\n").filter((line) => !/^ {2}(slipway|#)/.test(line)))
          expect(line.length).toBeLessThanOrEqual(80);
      }
    }
  });

  test.each(["--version", "-v"])("tells its version by %s", async (option) => {
    expect(await project.run([option])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test.each([
    [["stdoi"], "There is no command stdoi. Did you mean slipway stdio?"],
    [["frobnicate"], "There is no command frobnicate.\n"],
    [["help", "stdoi"], "There is no command stdoi. Did you mean slipway stdio?"],
    [["--frob"], "There is no option --frob.\n"],
    [["stdio", "--grcae", "1s"], "There is no option --grcae. Did you mean --grace?"],
    [["stdio", "--grace", "soon", "x.js"], 'expected a duration such as 500ms or 10s, got "soon"'],
    [["stdio"], "Which file?"],
    [[], "Usage: slipway COMMAND"],
  ])("ends with code 2 when it is asked for wrongly: %j", async (args, said) => {
    const { code, stdout, stderr } = await project.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  test("writes in colours only where they are wanted", async () => {
    const coloured = "\u001b[";
    expect((await project.run(["--help"])).stdout).not.toContain(coloured);
    expect((await project.run(["--help"], { env: { FORCE_COLOR: "1" } })).stdout).toContain(coloured);
    const both = await project.run(["--help"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(both.stdout).not.toContain(coloured);
  });
});
