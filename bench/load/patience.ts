/** How long an answer may take, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Waits for work that should take `expectedMs`, and gives up some time after that. */
export async function withPatience<T>(work: Promise<T>, expectedMs = 0): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `An answer is missing ${PATIENCE_MS} ms after it should have come.`;
    timer = setTimeout(() => reject(new Error(message)), expectedMs + PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
