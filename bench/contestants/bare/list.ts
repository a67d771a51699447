import { readFileSync } from "node:fs";
import { listenBare } from "./http.ts";

/** The result that Slipway gives, as bytes. */
const result = readFileSync(String(process.env["RESULT"]));
const tail = "}";

listenBare(({ id }, response) => {
  const head = `{"jsonrpc":"2.0","id":${id},"result":`;
  const length = String(head.length + result.length + tail.length);
  response.writeHead(200, ["content-type", "application/json", "content-length", length]);
  response.cork();
  response.write(head);
  response.write(result);
  response.end(tail);
});
