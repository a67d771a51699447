import { answerAdd } from "./add.ts";

let rest = "";
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.method === "tools/call") process.stdout.write(`${answerAdd(message)}\n`);
    else if (message.id !== undefined)
      process.stdout.write(`{"jsonrpc":"2.0","id":${message.id},"result":{}}\n`);
  }
});
