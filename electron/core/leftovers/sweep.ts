import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Swept } from '#contract';
import { endProcesses, identityOf, lineOf, nameOf, ownProcesses, type Seen } from '../proc/index.ts';
import { deadFiles, inBoth, leftoversIn } from './decide.ts';

/** A guardian that was killed is replaced within this time where its panel lives. */
const TWICE_MS = 500;
const PATIENCE = { termMs: 2_000, killMs: 2_000 };
/** What forks while it is looked at is seen the next time. */
const ROUNDS = 3;

export interface SweepPlace {
  /** The data folder and its run/. */
  folder: string;
  run: string;
  platform: NodeJS.Platform;
}

const nothing: Swept = { processes: [], files: 0 };

/**
 * Ends what an earlier panel of this data folder has left, and removes the files of starts that are over. Linux only:
 * elsewhere neither the environment of another process nor its start can be read, so nothing is ended.
 */
export async function sweepLeftovers({ folder, run, platform }: SweepPlace): Promise<Swept> {
  const uid = process.getuid?.();
  if (platform !== 'linux' || uid === undefined) return nothing;
  const place = { home: await resolved(folder), uid, spared: await lineOf(process.pid) };
  const look = async () => leftoversIn(await Promise.all((await ownProcesses()).map(withHome)), place);
  const swept: Swept['processes'] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = await look();
    if (first.length === 0) break;
    await sleep(TWICE_MS);
    const those = inBoth(first, await look()).filter(({ pid }) => !swept.some((one) => one.pid === pid));
    if (those.length === 0) break;
    swept.push(...(await end(those)));
  }
  return { processes: swept, files: await removeFiles(run) };
}

async function end(those: readonly Seen[]): Promise<Swept['processes']> {
  const left = await endProcesses(await Promise.all(those.map(identityOf)), PATIENCE);
  const stay = new Set(left.map(({ pid }) => pid));
  return those.map((process) => ({ pid: process.pid, name: nameOf(process), gone: !stay.has(process.pid) }));
}

async function removeFiles(run: string): Promise<number> {
  const names = await readdir(run).catch(() => []);
  if (names.length === 0) return 0;
  const dead = deadFiles(names, await ownProcesses());
  await Promise.all(dead.map((name) => rm(join(run, name), { force: true }).catch(() => undefined)));
  return dead.length;
}

/** One folder may have several names. */
const withHome = async (process: Seen): Promise<Seen> =>
  process.marker && process.home ? { ...process, home: await resolved(process.home) } : process;

const resolved = (folder: string) => realpath(folder).catch(() => folder);
