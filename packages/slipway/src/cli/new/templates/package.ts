import { type Project, serverFileOf, testFileOf } from "../project.ts";

/** The majors that the templates are written for; tests hold them to those that this library is built with. */
const VERSIONS = { zod: "^4.0.0", typescript: "^7.0.0", "@types/node": "^24.0.0" } as const;

/** From where on Node runs TypeScript by itself, and `slipway dev` can load files anew. */
const NODE = { ts: ">=22.18", js: ">=22.15" } as const;

export function packageJson(project: Project): string {
  const { name, transport, language, version } = project;
  const file = serverFileOf(project);
  const manifest = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: NODE[language] },
    scripts: {
      dev: `slipway dev ${file}`,
      start: transport === "http" ? `slipway serve ${file}` : `slipway stdio ${file}`,
      test: `node --test ${testFileOf(project)}`,
      ...(language === "ts" && { typecheck: "tsc" }),
    },
    dependencies: { slipway: `^${version}`, zod: VERSIONS.zod },
    ...(language === "ts" && {
      devDependencies: { "@types/node": VERSIONS["@types/node"], typescript: VERSIONS.typescript },
    }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
