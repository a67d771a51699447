import { type Project, serverFileOf } from "../project.ts";

export function dockerfile(project: Project): string {
  const http = project.transport === "http";
  const command = [http ? "serve" : "stdio", serverFileOf(project)];
  // Not by npm, which does not hand signals on as they are.
  const cmd = JSON.stringify(["node_modules/.bin/slipway", ...command]).replaceAll(",", ", ");
  const serving = `# Reachable from outside of the container; what else can be set: npx slipway serve --help
ENV SLIPWAY_HOST=0.0.0.0 SLIPWAY_PORT=3000
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
`;
  return `FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package*.json ./
RUN npm install --omit=dev --no-audit --no-fund
COPY . .
USER node
${http ? serving : ""}CMD ${cmd}
`;
}
