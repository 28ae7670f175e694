/** A failure that the person can fix: only its message is printed. */
export class Problem extends Error {}

export const step = (text) => console.log(`headroom: ${text}`);

/** Runs `main`. Prints the message of a Problem, and the stack of any other error. */
export async function guarded(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? `headroom: ${error.message}` : error);
    process.exitCode = 1;
  }
}
