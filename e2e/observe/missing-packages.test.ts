import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Runs a program as if packages were not installed for the library. */
function without(packages: readonly string[], program: string): string {
  const hooks = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        const missing = ${JSON.stringify(packages)}.includes(specifier) && context.parentURL.includes("/slipway/dist/");
        return next(missing ? "not-installed-" + specifier.replaceAll("/", "-") : specifier, context);
      },
    });`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      "--input-type=module",
      "--eval",
      `import { observe } from "slipway/observe";\n${program}`,
    ],
    { cwd: folder, encoding: "utf8" },
  );
  return stdout + stderr;
}

const asked = (options: string) =>
  `await observe(${options}).then(({ endpoints }) => console.log("fine", Object.keys(endpoints).join()), ({ message }) => console.log(message));`;

test("what is asked for and not installed is said, with the command that installs it", () => {
  expect(without(["prom-client"], asked("{ metrics: true }"))).toMatch(/npm install prom-client, or set/);
  const needed = asked("{ metrics: { prometheus: false, openTelemetry: true } }");
  expect(without(["@opentelemetry/api"], needed)).toMatch(/npm install @opentelemetry\/api/);
});

test("what is not asked for need not be installed", () => {
  expect(without(["@opentelemetry/api"], asked("{ metrics: true }"))).toBe("fine /metrics\n");
  expect(without(["prom-client", "@opentelemetry/api"], asked("{ metrics: { prometheus: false } }"))).toBe(
    "fine \n",
  );
  expect(without(["prom-client", "@opentelemetry/api", "pino"], asked("{}"))).toBe("fine \n");
});
