import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { at } from './places.mjs';

const FILE = at('setup.log');
let started = false;
let works = true;

/** Appends to the log of this setup. A log that cannot be written never stops the step. */
export function log(chunk) {
  try {
    if (!started) writeFileSync(FILE, '', { mode: 0o600 });
    started = true;
    appendFileSync(FILE, chunk);
  } catch {
    works = false;
  }
}

/** After a setup that succeeded. */
export function forgetLog() {
  if (started) rmSync(FILE, { force: true });
  started = false;
}

/** The log's path, or null where nothing is in it. */
export const logFile = () => (started && works ? FILE : null);
