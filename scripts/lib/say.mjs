import { explain } from './causes.mjs';

/** A failure that the person can fix: only its message is printed. */
export class Problem extends Error {}

/** The person or the system stopped the script. */
export class Interrupted extends Error {
  constructor(signal) {
    super(signal);
    this.exitCode = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal];
  }
}

export const step = (text) => console.log(`headroom: ${text}`);

/** Rewriting a line needs a terminal that can return to its start. */
const live = () => process.stdout.isTTY && process.env.TERM !== 'dumb';

/** 4.2 s, 34 s, 2 min 5 s. */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Says what a step does while it does it, and how long it took. `task` may resolve with words to add. */
export async function timed(text, task) {
  const started = Date.now();
  // A terminal may know no other characters than ASCII.
  const line = `headroom: ${text} ...`;
  const show = () => {
    const full = `${line} ${duration(Date.now() - started).replace(/\.\d/, '')}`;
    process.stdout.write(`\r${full.slice(0, (process.stdout.columns || 80) - 1)}`);
  };
  if (live()) show();
  else console.log(line);
  const clock = live() ? setInterval(show, 1000) : null;
  let ending = '';
  try {
    const more = await task();
    if (more) ending = `${more}, `;
  } catch (error) {
    ending = error instanceof Interrupted ? 'stopped after ' : 'failed after ';
    throw error;
  } finally {
    clearInterval(clock);
    const took = `${ending}${duration(Date.now() - started)}`;
    if (live()) process.stdout.write(`\r${line} ${took}\n`);
    else console.log(`headroom:   ${took}`);
  }
}

/** Runs `main`. Prints one sentence for what the person can fix, and the stack of any other error. */
export async function guarded(main) {
  try {
    await main();
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(`headroom: stopped by ${error.message}; what was installed before is as it was.`);
      process.exitCode = error.exitCode;
      return;
    }
    const sentence = error instanceof Problem ? error.message : explain(error);
    console.error(sentence === null ? error : `headroom: ${sentence}`);
    process.exitCode = 1;
  }
}
