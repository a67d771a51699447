import { onOneLine } from "../../printable.ts";
import type { Exam } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";

const HEALTH = new Findings("health");
const METRICS = new Findings("metrics");

/** What the deployment tells of its state, and to whom. */
export async function checkHealth({ url, wire, local }: Exam): Promise<Finding[]> {
  const [live, ready, metrics] = await Promise.all(
    ["/health", "/ready", "/metrics"].map((path) =>
      wire.send({ method: "GET", url: new URL(path, url.origin), anonymous: true }),
    ),
  );
  const findings = [judge("/health", live), judge("/ready", ready)];
  const open = metrics?.status === 200 && /^# (HELP|TYPE) /m.test(metrics.text);
  if (open && !local) {
    findings.push(
      METRICS.warning(
        "/metrics answers everybody: names of tools, and how much each is used.",
        "Let the proxy in front refuse the path from outside, or serve it on a port of its own.",
      ),
    );
  }
  return findings;
}

function judge(path: string, reply: { readonly status: number; readonly text: string } | undefined): Finding {
  const { status = 0, text = "" } = reply ?? {};
  if (status === 200) return HEALTH.fine(`${path} answers 200.`);
  const said = onOneLine(text).slice(0, 200);
  if (status >= 500) {
    return HEALTH.error(
      `${path} answers ${status}: ${said}`,
      "Look at the components that it names; balancers take the instance out meanwhile.",
    );
  }
  return HEALTH.note(
    `${path} answers ${status}: balancers and orchestrators have nothing to ask there, or it is not open to the outside.`,
    "Slipway's serve() answers /health and /ready on its port; route probes there.",
  );
}
