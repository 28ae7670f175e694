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

/**
 * What an earlier panel of this data folder has left, and the files of starts that are over, without touching any. Linux
 * only: elsewhere neither the environment of another process nor its start can be read, so nothing is found.
 */
export async function findLeftovers(place: SweepPlace): Promise<{ processes: Seen[]; files: string[] }> {
  return { processes: await left(place), files: await deadFilesIn(place) };
}

/** Ends those, and removes the files. */
export async function sweepLeftovers(place: SweepPlace): Promise<Swept> {
  const swept: Swept['processes'] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const those = (await left(place)).filter(({ pid }) => !swept.some((one) => one.pid === pid));
    if (those.length === 0) break;
    swept.push(...(await end(those)));
  }
  const files = await deadFilesIn(place);
  await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => undefined)));
  return { processes: swept, files: files.length };
}

/** Found in two looks. */
async function left({ folder, platform }: SweepPlace): Promise<Seen[]> {
  const uid = process.getuid?.();
  if (platform !== 'linux' || uid === undefined) return [];
  const place = { home: await resolved(folder), uid, spared: await lineOf(process.pid) };
  const look = async () => leftoversIn(await Promise.all((await ownProcesses()).map(withHome)), place);
  const first = await look();
  if (first.length === 0) return [];
  await sleep(TWICE_MS);
  return inBoth(first, await look());
}

async function end(those: readonly Seen[]): Promise<Swept['processes']> {
  const left = await endProcesses(await Promise.all(those.map(identityOf)), PATIENCE);
  const stay = new Set(left.map(({ pid }) => pid));
  return those.map((process) => ({ pid: process.pid, name: nameOf(process), gone: !stay.has(process.pid) }));
}

async function deadFilesIn({ run, platform }: SweepPlace): Promise<string[]> {
  const names = platform === 'linux' ? await readdir(run).catch(() => []) : [];
  if (names.length === 0) return [];
  return deadFiles(names, await ownProcesses()).map((name) => join(run, name));
}

/** One folder may have several names. */
const withHome = async (process: Seen): Promise<Seen> =>
  process.marker && process.home ? { ...process, home: await resolved(process.home) } : process;

const resolved = (folder: string) => realpath(folder).catch(() => folder);
