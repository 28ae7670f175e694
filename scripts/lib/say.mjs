/** A failure that a person can mend: its message is the whole of what is printed. */
export class Problem extends Error {}

export const step = (text) => console.log(`headroom: ${text}`);

/** Runs `main`; a Problem becomes one sentence on stderr, anything else keeps its stack. */
export async function guarded(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? `headroom: ${error.message}` : error);
    process.exitCode = 1;
  }
}
