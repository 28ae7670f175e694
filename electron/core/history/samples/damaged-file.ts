import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Sentence } from '#contract';
import type { StoreNotice } from '../../base/index.ts';
import { say } from '../sentences.ts';

/** Renames an invalid file, and returns a notice about it. Only the newest renamed copy of each file is kept. */
export async function quarantine(file: string, problem: Sentence): Promise<StoreNotice> {
  const [folder, name] = [dirname(file), basename(file)];
  const renamed = `${name}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const older = (await readdir(folder)).filter((one) => one.startsWith(`${name}.damaged-`));
  await rename(file, join(folder, renamed));
  for (const one of older) await rm(join(folder, one), { force: true });
  const sentence = say('fileReplaced', { file: name, problem, renamed });
  return { level: 'warning', code: 'history_damaged', sentence };
}
