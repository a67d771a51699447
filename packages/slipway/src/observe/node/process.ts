import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Meter, ObservableCallback } from "@opentelemetry/api";

/** How often the event loop's delay is measured, in milliseconds. */
const RESOLUTION_MS = 10;

/**
 * Measures the process by the conventions' names. In the text for Prometheus `prom-client` does so, by its own.
 * @see https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
 * @see https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
 * @returns what ends it
 */
export function measureProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let used: EventLoopUtilization = performance.eventLoopUtilization();
  const cpu = meter.createObservableCounter("process.cpu.time", {
    unit: "s",
    description: "Total CPU seconds broken down by different states.",
  });
  const memory = meter.createObservableUpDownCounter("process.memory.usage", {
    unit: "By",
    description: "The amount of physical memory in use.",
  });
  const utilization = meter.createObservableGauge("nodejs.eventloop.utilization", {
    unit: "1",
    description: "Event loop utilization.",
  });
  const delays = ([50, 90, 99] as const).map((percentile) => ({
    percentile,
    gauge: meter.createObservableGauge(`nodejs.eventloop.delay.p${percentile}`, {
      unit: "s",
      description: `Event loop ${percentile} percentile delay.`,
    }),
  }));
  const readings: [typeof cpu | typeof memory | typeof utilization, ObservableCallback][] = [
    [
      cpu,
      (result) => {
        const { user, system } = process.cpuUsage();
        result.observe(user / 1e6, { "cpu.mode": "user" });
        result.observe(system / 1e6, { "cpu.mode": "system" });
      },
    ],
    [memory, (result) => result.observe(process.memoryUsage.rss())],
    [
      utilization,
      (result) => {
        const now = performance.eventLoopUtilization();
        result.observe(performance.eventLoopUtilization(now, used).utilization);
        used = now;
      },
    ],
    ...delays.map(({ percentile, gauge }): (typeof readings)[number] => [
      gauge,
      // What a timer of this resolution waits anyway is no delay.
      (result) => result.observe(Math.max(0, delay.percentile(percentile) / 1e9 - RESOLUTION_MS / 1e3)),
    ]),
  ];
  for (const [instrument, read] of readings) instrument.addCallback(read);
  return () => {
    delay.disable();
    for (const [instrument, read] of readings) instrument.removeCallback(read);
  };
}
