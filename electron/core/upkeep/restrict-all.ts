import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataPaths, restrict, restrictDataFolder } from '../base/index.ts';

/** emulator/held is the deepest. */
const DEPTH = 3;

/**
 * Removes other users' access to everything that Headroom wrote, since earlier versions followed the umask. Not to the
 * models, which may be shared on purpose. Never throws.
 */
export async function restrictAll({ folder, logs, incidents, history, recordings, run, plans, emulator }: DataPaths) {
  if (process.platform === 'win32' || !(await restrictDataFolder(folder))) return;
  for (const one of [logs, incidents, history, recordings, run, plans, emulator]) await restrictIn(one, DEPTH);
}

async function restrictIn(folder: string, depth: number): Promise<void> {
  // What a link leads to may be shared on purpose.
  const about = await lstat(folder).catch(() => null);
  if (!about?.isDirectory()) return;
  await restrict(folder);
  if (depth === 0) return;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await restrictIn(path, depth - 1);
    else await restrict(path);
  }
}
