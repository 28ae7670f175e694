import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { verbatim } from '#contract';
import type { StoreNotice } from '../../base/index.ts';

/** Renames a file that is not what it should be, and tells so; of each file the newest that was set aside is kept. */
export async function setAside(file: string, why: string): Promise<StoreNotice> {
  const [folder, name] = [dirname(file), basename(file)];
  const aside = `${name}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const older = (await readdir(folder)).filter((one) => one.startsWith(`${name}.damaged-`));
  await rename(file, join(folder, aside));
  for (const one of older) await rm(join(folder, one), { force: true });
  const message = `${name} of the history ${why} and is now ${aside}. Headroom begins a new one.`;
  return { level: 'warning', code: 'history_damaged', sentence: verbatim(message) };
}
