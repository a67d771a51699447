import { UsageError } from "../command.ts";

/**
 * Sets in the environment what a file says, where it is not set. The option is not called `--env-file`, as Node takes that
 * for its own wherever it stands.
 * @throws UsageError when the file cannot be read
 */
export function loadDotenv(path: string): void {
  try {
    process.loadEnvFile(path);
  } catch (error) {
    throw new UsageError(`--dotenv: ${(error as Error).message}`);
  }
}
