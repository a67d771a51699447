import { McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { matrix, openWire } from "../support/index.ts";

const ada: Principal = { subject: "ada", tenant: "acme", scopes: ["read"] };

describe.each(matrix({ transports: ["stdio"] }))("stdio in $revision", ({ transport, revision }) => {
  test(`serves whom its program names [${revision}/authorization/not-over-stdio]`, async () => {
    const server = new McpServer({ name: "local", version: "1.0.0" })
      .tool("who", { scopes: ["read"], handler: (_, ctx) => JSON.stringify(ctx.auth) })
      .tool("admin", { scopes: ["admin"], handler: () => "" });
    const wire = await openWire(server, { transport, era: revision, stdio: { auth: ada } });
    expect(JSON.parse((await wire.callTool("who")).result.content[0].text)).toEqual(ada);
    expect((await wire.callTool("admin")).error.data).toEqual({ requiredScopes: ["admin"] });
  });
});
