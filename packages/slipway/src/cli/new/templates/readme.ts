import { type Project, serverFileOf, testFileOf } from "../project.ts";

const URL = "http://127.0.0.1:3000/mcp";

export function readme(project: Project): string {
  const { name, transport, language } = project;
  const file = serverFileOf(project);
  return `# ${name}

An MCP server, made with [Slipway](https://www.npmjs.com/package/slipway).

\`\`\`sh
npm install
npm run dev        # serves at ${URL}, and loads ${file} anew when it changes
npm test           # calls it as a client does
${language === "ts" ? "npm run typecheck\n" : ""}\`\`\`

While it runs, in another terminal:

\`\`\`sh
npx slipway inspect ${URL}
npx slipway call ${URL} greet --arg name=Ada
npx slipway call ${URL} plan-trip     # asks you where to go
\`\`\`

${transport === "http" ? httpPart(name, file) : stdioPart(name, file)}
## What is where

| file | |
|---|---|
| \`${file}\` | the server: its tools and resources. It exports the server and does not care how it is served |
| \`${testFileOf(project)}\` | tests |
| \`Dockerfile\` | an image of it |
`;
}

function httpPart(name: string, file: string): string {
  return `## Use it

Clients connect to an address:

\`\`\`json
{ "mcpServers": { ${JSON.stringify(name)}: { "type": "http", "url": "${URL}" } } }
\`\`\`

## Put it into production

\`\`\`sh
npm start                                                    # one process, sessions in memory
npx slipway serve ${file} --workers auto --store sqlite:./data.db    # all processors of one machine
docker build -t ${name} . && docker run -p 3000:3000 ${name}
\`\`\`

For several machines, \`npm install ioredis\` and set \`SLIPWAY_STORE=redis://…\` and the same \`SLIPWAY_STATE_SECRETS\` on each
(\`openssl rand -base64 32\`). To let in only callers who are known: \`--auth\`. \`npx slipway serve --help\` lists all there is;
\`/health\` and \`/ready\` answer probes.
`;
}

function stdioPart(name: string, file: string): string {
  return `## Use it

Clients start it, and speak to it over its standard input and output:

\`\`\`json
{ "mcpServers": { ${JSON.stringify(name)}: { "command": "npx", "args": ["slipway", "stdio", "/path/to/${name}/${file}"] } } }
\`\`\`

or in a container, after \`docker build -t ${name} .\`:

\`\`\`json
{ "mcpServers": { ${JSON.stringify(name)}: { "command": "docker", "args": ["run", "-i", "--rm", "${name}"] } } }
\`\`\`

The same file serves over HTTP: \`npx slipway serve ${file}\`.
`;
}
