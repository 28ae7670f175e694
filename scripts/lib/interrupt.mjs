import { spawnSync } from 'node:child_process';
import { Interrupted } from './say.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** How long a process group may take to clean up after itself, in ms. */
const PATIENCE = 1_500;

/** Each child, and whether it leads its own process group. */
const children = new Map();
let depth = 0;
let signal = null;

export const interrupted = () => signal !== null;

function kill(child, group, name) {
  if (!child.pid) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
    return;
  }
  try {
    process.kill(group ? -child.pid : child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function interrupt(name) {
  // A second Ctrl+C does not wait.
  const gentle = signal === null;
  signal ??= name;
  for (const [child, group] of children) {
    if (!gentle) kill(child, group, 'SIGKILL');
    else if (group) {
      kill(child, group, 'SIGINT');
      setTimeout(() => children.has(child) && kill(child, group, 'SIGKILL'), PATIENCE).unref();
    } else if (name !== 'SIGINT') kill(child, group, name);
    // Ctrl+C reaches the group of the terminal by itself.
  }
}

/** A closed terminal accepts no output; the steps must still clean up. */
const ignore = () => {};

/**
 * Runs `task`, and rejects with Interrupted when SIGINT, SIGTERM or SIGHUP arrive meanwhile. Of the children that it
 * reports with `started(child, group)`, one that leads a group gets SIGINT, and SIGKILL 1.5 s later; another gets the
 * signal and may take its time. The caller's `finally` blocks run.
 */
export async function interruptible(task) {
  if (signal) throw new Interrupted(signal);
  if (depth++ === 0) {
    for (const name of SIGNALS) process.on(name, interrupt);
    for (const out of [process.stdout, process.stderr]) out.on('error', ignore);
  }
  const mine = new Set();
  const started = (child, group) => {
    mine.add(child);
    children.set(child, group);
  };
  try {
    const result = await task(started);
    if (signal) throw new Interrupted(signal);
    return result;
  } finally {
    for (const child of mine) {
      // A grandchild that closed its output outlives the leader.
      if (signal && children.get(child)) kill(child, true, 'SIGKILL');
      children.delete(child);
    }
    if (--depth === 0) {
      for (const name of SIGNALS) process.off(name, interrupt);
      for (const out of [process.stdout, process.stderr]) out.off('error', ignore);
    }
  }
}
