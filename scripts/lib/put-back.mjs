import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { at } from './places.mjs';
import { Problem } from './say.mjs';

const exists = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
const remove = (path) => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
const before = (path) => `${path}.before`;
/** What a failed build has left: renamed first, so that what was there before is back at once. */
const gone = (path) => `${path}.gone`;

/** (pid, start time): a pid alone may have been given to another process since. */
function identity(pid) {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19]}`;
  } catch {
    return `${pid}`;
  }
}

function holder(lock) {
  if (!existsSync(lock)) return null;
  const held = readFileSync(lock, 'utf8');
  const pid = Number.parseInt(held, 10);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return null;
  }
  return identity(pid) === held ? pid : null;
}

/** Two setups of one checkout would take each other's work for what a crash has left. */
function lock(file) {
  const pid = holder(file);
  if (pid) throw new Problem(`Process ${pid} is setting up this checkout already: wait until it has finished.`);
  rmSync(file, { force: true });
  writeFileSync(file, identity(process.pid), { flag: 'wx' });
}

/** A second tree of the same files: what is later replaced in one of them stays in the other. */
function linkTree(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

/** Whether a linked tree could be made: some file systems know no hard links, and a folder may be a link to another disk. */
function linked(from, to, link) {
  if (lstatSync(from).isSymbolicLink()) return false;
  try {
    link(from, to);
    return true;
  } catch {
    remove(to);
    return false;
  }
}

/** Puts back what a setup that was killed had set aside. `complete`: whether what is at `path` now works. */
export function recover(path, complete, lockFile = at('setup.lock')) {
  if ((!exists(before(path)) && !exists(gone(path))) || holder(lockFile)) return;
  remove(gone(path));
  if (!exists(before(path))) return;
  if (complete) remove(before(path));
  else putBack(path, true);
}

function putBack(path, present) {
  if (exists(path)) renameSync(path, gone(path));
  if (present) renameSync(before(path), path);
  remove(gone(path));
}

/**
 * Runs `build(kept)`, which makes `path` anew, and removes what was there before only when it succeeds; else puts that
 * back. `keep`: `build` starts with a copy of it where hard links can make one; `kept` says whether it does.
 */
export async function replacing(path, { keep = false, lockFile = at('setup.lock'), link = linkTree } = {}, build) {
  lock(lockFile);
  try {
    const present = exists(path);
    const kept = present && keep && linked(path, before(path), link);
    if (present && !kept) renameSync(path, before(path));
    try {
      await build(kept);
    } catch (error) {
      putBack(path, present);
      throw error;
    }
    remove(before(path));
  } finally {
    rmSync(lockFile, { force: true });
  }
}
