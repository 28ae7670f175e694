import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { at } from './places.mjs';
import { Problem } from './say.mjs';

export const LOCK = at('setup.lock');
let held = null;

/** (pid, start time): a pid alone may have been given to another process since. */
function identity(pid) {
  try {
    const [state, ...words] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    // A container may have no init that reaps what was killed.
    return state === 'Z' ? '' : `${pid} ${words[18]}`;
  } catch {
    return `${pid}`;
  }
}

function runs(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The process that is setting up this checkout, be it the pip of a setup that was killed; null where there is none. */
export function holder(file = LOCK) {
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const line = lines.find((text) => runs(Number.parseInt(text, 10)) && identity(Number.parseInt(text, 10)) === text);
  return line ? Number.parseInt(line, 10) : null;
}

/** Runs `task` alone: two setups of one checkout would take each other's work for what a crash has left. */
export async function exclusive(file, task) {
  const pid = holder(file);
  if (pid) throw new Problem(`Process ${pid} is setting up this checkout already: wait until it has finished.`);
  rmSync(file, { force: true });
  writeFileSync(file, `${identity(process.pid)}\n`, { flag: 'wx' });
  held = file;
  try {
    return await task();
  } finally {
    held = null;
    rmSync(file, { force: true });
  }
}

/** A child of the holder goes on where the holder is killed. */
export function alsoHeldBy(pid) {
  if (held && pid) appendFileSync(held, `${identity(pid)}\n`);
}
