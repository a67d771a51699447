import type { ContractReport } from "slipway/testing";

/** Says what was run of a contract. */
export function printed(what: string, { passed, failed, skipped }: ContractReport): void {
  console.log(`${what}: ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  for (const { name, reason } of skipped) console.log(`  skipped: ${name} (${reason})`);
  for (const { name, error } of failed) console.log(`  failed: ${name}\n    ${error}`);
}
