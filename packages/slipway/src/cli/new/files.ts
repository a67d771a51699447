import { type Project, serverFileOf, testFileOf } from "./project.ts";
import { DOCKERIGNORE, GITIGNORE, TSCONFIG } from "./templates/config.ts";
import { dockerfile } from "./templates/dockerfile.ts";
import { packageJson } from "./templates/package.ts";
import { readme } from "./templates/readme.ts";
import { server } from "./templates/server.ts";
import { test } from "./templates/test.ts";

/** The files of a project, by their paths in it. */
export function filesOf(project: Project): ReadonlyMap<string, string> {
  return new Map([
    [serverFileOf(project), server(project)],
    [testFileOf(project), test(project)],
    ["package.json", packageJson(project)],
    ...(project.language === "ts" ? ([["tsconfig.json", TSCONFIG]] as const) : []),
    ["Dockerfile", dockerfile(project)],
    [".dockerignore", DOCKERIGNORE],
    [".gitignore", GITIGNORE],
    ["README.md", readme(project)],
  ]);
}
