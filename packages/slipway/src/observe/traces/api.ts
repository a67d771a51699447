export type Api = typeof import("@opentelemetry/api");

/**
 * The package `@opentelemetry/api`, loaded where calls are traced.
 * @throws Error when it is not installed
 */
export async function openTelemetry(): Promise<Api> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    throw new Error("Traces are made by OpenTelemetry: npm install @opentelemetry/api", { cause });
  }
}
