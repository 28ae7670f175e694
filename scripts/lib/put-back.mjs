import { linkSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { exclusive, holder, LOCK } from './lock.mjs';
import { Problem } from './say.mjs';

const exists = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
const remove = (path) => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
const before = (path) => `${path}.before`;
/** What a failed build has left: renamed first, so that what was there before is back at once. */
const gone = (path) => `${path}.gone`;

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

/** Restores what a killed setup had moved away. `complete`: whether what is at `path` now works. */
export function recover(path, complete, lockFile = LOCK) {
  if ((!exists(before(path)) && !exists(gone(path))) || holder(lockFile)) return;
  remove(gone(path));
  if (!exists(before(path))) return;
  if (complete) remove(before(path));
  else putBack(path, true);
}

function putBack(path, present) {
  remove(gone(path));
  if (exists(path)) renameSync(path, gone(path));
  if (present) renameSync(before(path), path);
  remove(gone(path));
}

/**
 * Runs `build(kept)`, which makes `path` anew, and removes what was there before only when it succeeds; else puts that
 * back. `keep`: `build` starts with a copy of it where hard links can make one; `kept` says whether it does.
 */
export function replacing(path, { keep = false, lockFile = LOCK, link = linkTree } = {}, build) {
  return exclusive(lockFile, async () => {
    // Findings from before the lock are stale.
    if (exists(before(path))) throw new Problem('Another setup of this checkout was stopped just now: try again.');
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
  });
}
